import { FOLDERS, type GuestUser, HOME, type LabGuest } from "./guest-model";

/** An absolute path without `.` and `..`. */
export function absolute(path: string, folder: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${folder}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

export function homeOf(user: GuestUser): string {
  return user === "root" ? "/root" : user === "ops" ? "/home/ops" : HOME;
}

/** Of a word as the shell takes it: `~` is the home of the account, `~ops` that of another one. */
export function withHome(word: string, user: GuestUser): string {
  const [, of, rest = ""] = /^~(root|cloudtower|ops|)(\/.*)?$/s.exec(word) ?? [];
  return of === undefined ? word : `${homeOf((of || user) as GuestUser)}${rest}`;
}

export function isFolder(path: string): boolean {
  return Object.hasOwn(FOLDERS, path);
}

/** Why a user cannot read a file: homes are their accounts' alone, as openEuler makes them. */
export function readHindrance(guest: LabGuest, path: string, user: GuestUser): string | undefined {
  const home = /^(\/home\/[^/]+|\/root)\//.exec(path)?.[1];
  if (user !== "root" && home && homeOf(user) !== home) return "Permission denied";
  if (isFolder(path)) return "Is a directory";
  return guest.files[path] ? undefined : "No such file or directory";
}

/** Why a user cannot write a file, as programs say it; undefined: it can. */
export function writeHindrance(guest: LabGuest, path: string, user: GuestUser): string | undefined {
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  if (isFolder(path)) return "Is a directory";
  if (!isFolder(folder)) return "No such file or directory";
  const owner = guest.files[path]?.owner ?? FOLDERS[folder];
  return user === "root" || owner === "all" || owner === user ? undefined : "Permission denied";
}

/** Appends to a file, which is made where it is missing. */
export function appendTo(guest: LabGuest, path: string, text: string, owner: GuestUser = "root"): void {
  const file = guest.files[path] ?? { text: "", owner };
  guest.files[path] = { ...file, text: file.text + text };
}
