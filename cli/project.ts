import { basename, join } from "node:path";

/** The project's folder, seen from dist/cli (compiled) or cli (tests). */
export const projectRoot =
  basename(join(__dirname, "..")) === "dist" ? join(__dirname, "..", "..") : join(__dirname, "..");
