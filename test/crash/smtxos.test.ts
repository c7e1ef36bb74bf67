import { testWays } from "./killed";
import { smtxosWays } from "./smtxos";

testWays(smtxosWays);
