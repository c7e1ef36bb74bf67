import { Info } from "./store/info";
import { Limit } from "./store/limit";
import { MarkedThing } from "./store/marked-thing";
import { OldThing } from "./store/old-thing";
import { Setup } from "./store/setup";
import { Thing } from "./store/thing";

/** The kinds of the made-up vendor; with STORE_RELEASE=1 as its first release had them. */
export function storeKinds(release = process.env.STORE_RELEASE) {
  return [release === "1" ? OldThing : Thing, MarkedThing, Limit, Setup, Info];
}
