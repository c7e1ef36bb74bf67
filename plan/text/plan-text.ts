import { cellTexts } from "./cell-text";
import { hostTexts } from "./host-text";
import { networkTexts } from "./network-text";
import { shapeTexts } from "./shape-text";
import { sheetTexts } from "./sheet-text";
import type { FindingText } from "./text";
import { vmTexts } from "./vm-text";

/** What may be wrong with a plan as it is written. */
export const planTexts = {
  ...shapeTexts,
  ...cellTexts,
  ...networkTexts,
  ...hostTexts,
  ...sheetTexts,
  ...vmTexts,
} satisfies Record<string, FindingText>;
