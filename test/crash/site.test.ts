import { testWays } from "./killed";
import { siteWays } from "./site";

testWays(siteWays);
