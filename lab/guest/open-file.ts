import { type Context, changeGuest, guestOf } from "./context";
import { absolute, appendTo, readHindrance, writeHindrance } from "./files";
import { nowhere, type Output } from "./streams";

/** The text of a file that is read from; undefined when there is none, which is said. */
export function openInput(context: Context, path: string): string | undefined {
  if (path === "/dev/null") return "";
  const guest = guestOf(context);
  const hindrance = readHindrance(guest, absolute(path, context.folder), context.user);
  if (hindrance) context.err.write(`bash: ${path}: ${hindrance}\n`);
  return hindrance ? undefined : guest.files[absolute(path, context.folder)]?.text;
}

/** Opens a file to be written, emptied unless it is appended to; undefined when it cannot be, which is said. */
export function openOutput(context: Context, name: string, append: boolean): Output | undefined {
  if (name === "/dev/null") return nowhere;
  const path = absolute(name, context.folder);
  const hindrance = writeHindrance(guestOf(context), path, context.user);
  if (hindrance) {
    context.err.write(`bash: ${name}: ${hindrance}\n`);
    return undefined;
  }
  const { user } = context;
  changeGuest(context, (guest) => {
    const file = guest.files[path];
    guest.files[path] = { owner: file?.owner ?? user, text: append ? (file?.text ?? "") : "" };
  });
  return {
    file: path,
    write: (text) => changeGuest(context, (guest) => appendTo(guest, path, text, user)),
  };
}
