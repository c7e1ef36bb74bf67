/** What is assumed of CloudTower and stands behind all of its operations. */
export const towerAssumed: readonly [what: string, why: string][] = [
  [
    "CloudTower's REST carries an array out one by one: what stands before one that is refused is made",
    "the schema says 400 and 404, not what is left then",
  ],
  [
    "CloudTower's messages are English, whatever content-language asks for; only status, and for a task the code in error_message, are to be relied on",
    "messages change with content-language (facts, part B 5A 21); no document lists them",
  ],
];
