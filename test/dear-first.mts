import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take minutes and are short: vitest, which begins with the longest, would begin with them last. */
const DEAR = /\/test\/(crash|kernel\/(conformance|crash-matrix))/;

/** Begins with the dearest files, so that no worker has one of them left when the others have done. */
export class DearFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isDear = ({ moduleId }: TestSpecification) => DEAR.test(moduleId);
    return [...sorted.filter(isDear), ...sorted.filter((file) => !isDear(file))];
  }
}
