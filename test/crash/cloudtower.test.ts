import { cloudtowerWays } from "./cloudtower";
import { testWays } from "./killed";

testWays(cloudtowerWays);
