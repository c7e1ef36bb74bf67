import { type Context, systemOf } from "./context";
import { absolute, isFolder, writeHindrance } from "./files";

/** `test` and `[`: 0 when it holds, 1 when it does not, 2 for what the lab does not have. */
export function expressionHolds(context: Context, args: string[]): number {
  if (args[0] === "!") {
    const code = expressionHolds(context, args.slice(1));
    return code > 1 ? code : 1 - code;
  }
  const [first = "", second, third] = args;
  if (args.length <= 1) return first === "" ? 1 : 0;
  if (args.length === 2) return unary(context, first, second ?? "");
  if (args.length === 3) return binary(context, first, second ?? "", third ?? "");
  return wrong(context, args);
}

function unary(context: Context, operator: string, operand: string): number {
  const path = absolute(operand, context.folder);
  const file = systemOf(context).files[path];
  const folder = isFolder(context, path);
  const known: Record<string, () => boolean> = {
    "-n": () => operand !== "",
    "-z": () => operand === "",
    "-e": () => file !== undefined || folder,
    "-f": () => file !== undefined,
    "-r": () => file !== undefined || folder,
    "-d": () => folder,
    "-s": () => folder || (file?.text ?? "") !== "",
    "-w": () => file !== undefined && writeHindrance(context, path) === undefined,
    "-x": () => folder || path.startsWith("/usr/share/smartx/tower/"),
  };
  const test = Object.hasOwn(known, operator) ? known[operator] : undefined;
  return test ? Number(!test()) : wrong(context, [operator, operand]);
}

function binary(context: Context, left: string, operator: string, right: string): number {
  const known: Record<string, () => boolean> = {
    "=": () => left === right,
    "==": () => left === right,
    "!=": () => left !== right,
    "-eq": () => Number(left) === Number(right),
    "-ne": () => Number(left) !== Number(right),
    "-gt": () => Number(left) > Number(right),
    "-ge": () => Number(left) >= Number(right),
    "-lt": () => Number(left) < Number(right),
    "-le": () => Number(left) <= Number(right),
  };
  const test = Object.hasOwn(known, operator) ? known[operator] : undefined;
  return test ? Number(!test()) : wrong(context, [left, operator, right]);
}

function wrong({ err }: Context, args: string[]): number {
  err.write(`bash: test: ${args.join(" ")}: nothing that the lab tests\n`);
  return 2;
}
