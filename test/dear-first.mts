import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take minutes and are short: vitest, which begins with the longest, would begin with them last. */
const DEAR = /\/test\/(crash|kernel\/(conformance|crash-matrix|same-kills)|site\/(whole-site|two-sites)|demo)/;

/**
 * Begins with the files that have a process of their own, so that the others take turns in as few as there may be; and
 * among either with the dearest, so that no worker has one of them left when the others have done.
 */
export class DearFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId, project }: TestSpecification) =>
      (project.config.isolate === false ? 2 : 0) + (DEAR.test(moduleId) ? 0 : 1);
    return sorted.sort((a, b) => place(a) - place(b));
  }
}
