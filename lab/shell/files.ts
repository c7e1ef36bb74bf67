import { type Context, systemOf } from "./context";
import type { User } from "./system";

/** An absolute path without `.` and `..`. */
export function absolute(path: string, folder: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${folder}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

export function homeOf(user: User): string {
  return user === "root" ? "/root" : `/home/${user}`;
}

/** Of a word as the shell takes it: `~` is the home of the account, `~ops` that of another one. */
export function withHome(word: string, user: User): string {
  const [, of, rest = ""] = /^~(root|smartx|cloudtower|ops|)(\/.*)?$/s.exec(word) ?? [];
  return of === undefined ? word : `${homeOf((of || user) as User)}${rest}`;
}

export function isFolder({ session: { computer } }: Context, path: string): boolean {
  return Object.hasOwn(computer.folders, path);
}

/** Why a user cannot read a file: homes are their accounts' alone, as openEuler makes them. */
export function readHindrance(context: Context, path: string): string | undefined {
  const home = /^(\/home\/[^/]+|\/root)\//.exec(path)?.[1];
  const { user } = context;
  if (user !== "root" && home && homeOf(user) !== home) return "Permission denied";
  if (isFolder(context, path)) return "Is a directory";
  return systemOf(context).files[path] ? undefined : "No such file or directory";
}

/** Why a user cannot write a file, as programs say it; undefined: it can. */
export function writeHindrance(context: Context, path: string): string | undefined {
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  if (isFolder(context, path)) return "Is a directory";
  if (!isFolder(context, folder)) return "No such file or directory";
  const { user, session } = context;
  const owner = systemOf(context).files[path]?.owner ?? session.computer.folders[folder];
  return user === "root" || owner === "all" || owner === user ? undefined : "Permission denied";
}
