import { type Context, changeSystem, systemOf } from "./context";
import { absolute, readHindrance, writeHindrance } from "./files";
import { nowhere, type Output } from "./streams";
import { appendTo } from "./system";

/** The text of a file that is read from; undefined when there is none, which is said. */
export function openInput(context: Context, path: string): string | undefined {
  if (path === "/dev/null") return "";
  const hindrance = readHindrance(context, absolute(path, context.folder));
  if (hindrance) context.err.write(`bash: ${path}: ${hindrance}\n`);
  return hindrance ? undefined : systemOf(context).files[absolute(path, context.folder)]?.text;
}

/** Opens a file to be written, emptied unless it is appended to; undefined when it cannot be, which is said. */
export function openOutput(context: Context, name: string, append: boolean): Output | undefined {
  if (name === "/dev/null") return nowhere;
  const path = absolute(name, context.folder);
  const hindrance = writeHindrance(context, path);
  if (hindrance) {
    context.err.write(`bash: ${name}: ${hindrance}\n`);
    return undefined;
  }
  const { user } = context;
  changeSystem(context, ({ files }) => {
    const file = files[path];
    files[path] = { owner: file?.owner ?? user, text: append ? (file?.text ?? "") : "" };
  });
  return {
    file: path,
    write: (text) => changeSystem(context, (system) => appendTo(system, path, text, user)),
  };
}
