"""A workbook as openpyxl sees it, as JSON: openpyxl_view.py FILE"""
import json
import sys

import openpyxl

book = openpyxl.load_workbook(sys.argv[1])
view = {}
for sheet in book.worksheets:
    cells = [cell for row in sheet.iter_rows(max_row=80, max_col=40) for cell in row]
    view[sheet.title] = {
        "state": sheet.sheet_state,
        "protection": {name: value for name, value in sheet.protection if value is not None},
        "validations": sorted(
            [str(rule.sqref), rule.type, rule.formula1] for rule in sheet.data_validations.dataValidation
        ),
        "merged": sorted(str(area) for area in sheet.merged_cells.ranges),
        "values": {cell.coordinate: str(cell.value) for cell in cells if cell.value is not None},
        "links": {
            cell.coordinate: cell.hyperlink.target or f"#{cell.hyperlink.location}" for cell in cells if cell.hyperlink
        },
        "notes": {cell.coordinate: cell.comment.text for cell in cells if cell.comment},
    }
json.dump(view, sys.stdout)
