import { DOMImplementation, XMLSerializer } from "@xmldom/xmldom";
import { type Finding, placeOf, placeText } from "../plan/finding";
import { blocks } from "../plan/waivers";
import { nameOf } from "./plain-output";

/**
 * Findings as JUnit XML, which build servers show: a test case for each finding. An error is a failure; a waived
 * finding is skipped, with the reason; a warning, for which JUnit has no word, passes and says its text. A plan
 * without findings is one case that passes.
 * @param file the plan, as the name of the suite
 */
export function junit(file: string, findings: Finding[]): string {
  const document = new DOMImplementation().createDocument(null, "testsuites");
  function element(name: string, attributes: Record<string, string | number>, text?: string) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, writable(String(value)));
    if (text !== undefined) made.appendChild(document.createTextNode(writable(text)));
    return made;
  }
  const suite = element("testsuite", {
    name: nameOf(file),
    tests: Math.max(1, findings.length),
    failures: findings.filter(blocks).length,
    errors: 0,
    skipped: findings.filter((finding) => finding.waived).length,
  });
  if (findings.length === 0) suite.appendChild(element("testcase", { classname: nameOf(file), name: "no findings" }));
  for (const finding of findings) {
    const place = placeText(placeOf(finding));
    const value = finding.value === undefined ? "" : ` (${finding.value})`;
    const text = `${place}${value}\n${finding.cause}\n${finding.fix}`;
    const tested = element("testcase", { classname: finding.code, name: `${finding.code} at ${place}` });
    if (finding.waived) {
      const { reason, expires } = finding.waived;
      tested.appendChild(element("skipped", { message: `waived until ${expires}: ${reason}` }));
    } else if (blocks(finding)) {
      tested.appendChild(element("failure", { type: finding.code, message: finding.cause }, text));
    } else {
      tested.appendChild(element("system-out", {}, `warning ${text}`));
    }
    suite.appendChild(tested);
  }
  (document.documentElement as NonNullable<typeof document.documentElement>).appendChild(suite);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(document)}\n`;
}

/** Without the characters that XML 1.0 has no way to write. */
function writable(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
}
