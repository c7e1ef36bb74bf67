import { roleName, signs, tried } from "../../plan/text/probe-text";
import type { FindingParams, Language } from "../../plan/text/text";
import type { Role } from "./target";

/** What a probe has shown that is no finding, as plain data. */
export interface ProbeFact {
  code: FactCode;
  role: Role;
  /** As the plan has it. */
  address: string;
  /** The text in English, made from `code` and `params` alone. */
  text: string;
  params: FindingParams;
}

type Words = (p: FindingParams) => string;

const texts = {
  "not-probed": {
    en: () => "not probed: reach.json lists no way there, and allows no other",
    zh: () => "未探测：reach.json 中没有映射，且不允许访问其他地址",
  },
  "no-route": {
    en: () => "not probed: this machine has no route there",
    zh: () => "未探测：本机没有到该地址的路由",
  },
  "management-answers": {
    en: (p) => `${p.host}: ${signs(p, "en")}; ${states[String(p.state)]?.[0]}`,
    zh: (p) => `${p.host}：${signs(p, "zh")}；${states[String(p.state)]?.[1]}`,
  },
  "cluster-scan-silent": {
    en: () =>
      "the L2 cluster scan sees no other host; that means nothing, over LACP or VLAN sub-interfaces it sees none",
    zh: () => "二层集群扫描没有发现其他主机；这不说明问题，LACP 或 VLAN 子接口下本来就扫描不到",
  },
  "cluster-scan": {
    en: (p) => `the L2 cluster scan sees ${p.seen} hosts, ${p.planned} of them planned`,
    zh: (p) => `二层集群扫描发现 ${p.seen} 台主机，其中规划内 ${p.planned} 台`,
  },
  "address-free": {
    en: (p) => `${roleName(p, "en")}: free as far as can be told (tried: ${tried(p, "en")})`,
    zh: (p) => `${roleName(p, "zh")}：未发现占用（检测方式：${tried(p, "zh")}）`,
  },
  "address-ours": {
    en: (p) => `${roleName(p, "en")}: ours, this plan's own site has it (${signs(p, "en") || "its host says so"})`,
    zh: (p) => `${roleName(p, "zh")}：本站点自己在用（${signs(p, "zh") || "以主机自身信息为准"}）`,
  },
  "test-range-cut": {
    en: (p) => `only the first ${p.most} addresses of the test range are probed`,
    zh: (p) => `测试用临时 IP 范围只探测前 ${p.most} 个地址`,
  },
  "bmc-answers": {
    en: (p) => `BMC of ${p.host}: answers by ${p.by}`,
    zh: (p) => `${p.host} 的带外管理（BMC）：${p.by} 有响应`,
  },
  "dns-answers": {
    en: () => "DNS server: answers",
    zh: () => "DNS 服务器：有响应",
  },
  "dns-resolves": {
    en: (p) => `DNS server: ${p.name} is ${p.addresses}`,
    zh: (p) => `DNS 服务器：${p.name} 解析为 ${p.addresses}`,
  },
  "ntp-answers": {
    en: (p) =>
      `NTP server${p.at ? ` (${p.at})` : ""}: offset ${p.offset} ms, stratum ${p.stratum}, answered in ${p.delay} ms`,
    zh: (p) =>
      `NTP 服务器${p.at ? `（${p.at}）` : ""}：偏差 ${p.offset} ms，stratum ${p.stratum}，${p.delay} ms 内响应`,
  },
} satisfies Record<string, Record<Language, Words>>;

export type FactCode = keyof typeof texts;

const states: Record<string, [en: string, zh: string]> = {
  factory: ["not deployed yet", "尚未部署"],
  ours: ["deployed as planned", "已按本规划部署"],
  other: ["deployed, but not as planned", "已部署，但与规划不一致"],
  locked: [
    "its deployment API refuses the factory's token, as a deployed host's may",
    "部署接口拒绝出厂令牌，可能已部署",
  ],
  untold: ["its deployment API does not tell whether it is deployed", "部署接口没有返回部署状态"],
};

export function factText(code: FactCode, params: FindingParams, language: Language = "en"): string {
  return texts[code][language](params);
}

export function makeFact(
  code: FactCode,
  target: { role: Role; address: string },
  params: FindingParams = {},
): ProbeFact {
  return { code, role: target.role, address: target.address, text: factText(code, params), params };
}
