import type { Language } from "../../plan/text/text";
import { factText } from "./fact-text";
import type { Pin } from "./pins";
import { trustSnippet } from "./pins";
import type { Probed } from "./probe-plan";
import type { ProbeTarget, Way } from "./target";

/** What is asked, or with dryRun would be, one line a target: its address, what it is, and by which way. */
export function describeTargets(targets: ProbeTarget[], dryRun: boolean, language: Language = "en"): string {
  const width = Math.max(...targets.map(({ address }) => address.length));
  const lines = targets.map(
    (target) => `  ${target.address.padEnd(width)}  ${labelOf(target, language)}: ${waysOf(target, language)}`,
  );
  const verb = dryRun ? "would probe" : "probing";
  const zh = dryRun ? "将探测" : "正在探测";
  const head = { en: `${verb} these ${targets.length} targets:`, zh: `${zh}以下 ${targets.length} 个目标：` };
  return [head[language], ...lines].join("\n");
}

function labelOf({ role, host }: ProbeTarget, language: Language): string {
  const [en, zh] = labels[role];
  if (host === undefined) return language === "en" ? en : zh;
  return language === "en" ? `${en} of ${host}` : `${host} 的${zh}`;
}

const labels: Record<ProbeTarget["role"], [en: string, zh: string]> = {
  management: ["management", "管理地址"],
  bmc: ["BMC", "带外管理（BMC）"],
  dns: ["DNS server", "DNS 服务器"],
  ntp: ["NTP server", "NTP 服务器"],
  vip: ["cluster VIP", "集群 VIP"],
  storage: ["storage address", "存储 IP"],
  cloudtower: ["CloudTower", "CloudTower"],
  observability: ["OBS", "可观测性平台（OBS）"],
  backupService: ["backup service", "备份服务"],
  everoute: ["ER VIP", "ER VIP"],
  everouteNode: ["ER controller", "ER 控制器"],
  testRange: ["test range", "测试用临时 IP"],
};

function waysOf({ ways, neighbour }: ProbeTarget, language: Language): string {
  if (ways.every(({ at }) => at === undefined)) {
    return { en: "not at all, reach.json lists no way there", zh: "不探测，reach.json 中没有映射" }[language];
  }
  return [...ways.map((way) => wayText(way, language)), ...(neighbour ? ["ping", "ARP"] : [])].join(", ");
}

function wayText({ protocol, port, at, mapped }: Way, language: Language): string {
  if (!at)
    return { en: `${protocol} ${port} not (reach.json)`, zh: `${protocol} ${port} 不探测（reach.json）` }[language];
  if (!mapped) return `${protocol} ${port}`;
  const place = `${at.host}:${at.port}`;
  return { en: `${protocol} ${port} by reach.json at ${place}`, zh: `${protocol} ${port}（reach.json → ${place}）` }[
    language
  ];
}

/** The facts of a probe for people, and the lines to paste into trust.yaml; the findings are described elsewhere. */
export function describeProbes({ facts, pins }: Probed, trustFile: string, language: Language = "en"): string {
  const lines = facts.map(({ address, code, params }) => `  ${address}  ${factText(code, params, language)}`);
  return [{ en: "probed:", zh: "探测结果：" }[language], ...lines, ...pinLines(pins, trustFile, language)].join("\n");
}

function pinLines(pins: Pin[], trustFile: string, language: Language): string[] {
  const kept = pins.filter((pin) => pin.kept === "same").map((pin) => pin.endpoint);
  const same = {
    en: `as ${trustFile} keeps them: ${kept.join(", ")}`,
    zh: `与 ${trustFile} 一致：${kept.join("、")}`,
  };
  const snippet = trustSnippet(pins);
  const paste = {
    en: `not in ${trustFile} yet; compare them on the servers' consoles, then paste (a deployment may make new ones):`,
    zh: `${trustFile} 中还没有；请先在服务器控制台核对指纹，再粘贴以下内容（部署后可能更换）：`,
  };
  return [...(kept.length > 0 ? [same[language]] : []), ...(snippet ? [paste[language], snippet.trimEnd()] : [])];
}
