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
  return user === "root" ? "/root" : HOME;
}

/** Of a word as the shell takes it: `~` is the home of the account. */
export function withHome(word: string, user: GuestUser): string {
  return word === "~" || word.startsWith("~/") ? `${homeOf(user)}${word.slice(1)}` : word;
}

export function isFolder(path: string): boolean {
  return Object.hasOwn(FOLDERS, path);
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
