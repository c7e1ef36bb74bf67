import { error, type FindingParams, type FindingText, warning } from "./text";

/** What an address of the plan is for: in English and in Chinese. */
const roles: Record<string, [en: string, zh: string]> = {
  vip: ["cluster VIP", "集群 VIP"],
  storage: ["storage address of a host", "主机存储 IP"],
  cloudtower: ["CloudTower address", "CloudTower IP"],
  observability: ["OBS address", "可观测性平台（OBS）IP"],
  backupService: ["address of the backup service", "备份服务 IP"],
  everoute: ["ER VIP", "ER VIP"],
  everouteNode: ["ER controller address", "ER 控制器 IP"],
  testRange: ["address of the test range", "测试用临时 IP"],
};

export function roleName(p: FindingParams, language: "en" | "zh"): string {
  const [en, zh] = roles[String(p.role)] ?? ["address", "地址"];
  return language === "en" ? en : zh;
}

/** How ports answered, by what came of each; params `open`, `refused`, `silent`, `absent`, `noRoute`, `noWay`. */
const outcomes: Record<string, [en: string, zh: string]> = {
  open: ["TCP $ open", "TCP $ 可连接"],
  refused: ["TCP $ refused", "TCP $ 拒绝连接"],
  silent: ["TCP $ silent", "TCP $ 无响应"],
  absent: ["TCP $: no machine has the address", "TCP $：主机不可达"],
  noRoute: ["TCP $: this machine has no route there", "TCP $：本机没有到该地址的路由"],
  noWay: ["TCP $: reach.json lists no way there", "TCP $：reach.json 中没有对应的映射"],
  echo: ["it echoes a ping", "ping 有回应"],
  mac: ["ARP knows $ for it", "ARP 表中对应 $"],
  own: ["this machine has the address itself", "本机正在使用该地址"],
};

/** The signs that the params hold, e.g. `TCP 80, 443 open; it echoes a ping`. */
export function signs(p: FindingParams, language: "en" | "zh"): string {
  return Object.entries(outcomes)
    .filter(([key]) => p[key] !== undefined)
    .map(([key, words]) => words[language === "en" ? 0 : 1].replace("$", String(p[key])))
    .join(language === "en" ? "; " : "；");
}

/** Which ways were tried, and which could not be: params `ports`, `arp`, `ping`, `via`. */
export function tried(p: FindingParams, language: "en" | "zh"): string {
  const at = language === "en" ? 0 : 1;
  const words = [
    [`TCP ${p.ports} within ${p.within}`, `TCP ${p.ports}（${p.within} 内）`],
    p.via === undefined ? undefined : [`by reach.json at ${p.via}`, `经 reach.json 映射到 ${p.via}`],
    ways[`arp-${p.arp}`],
    ways[`ping-${p.ping}`],
  ];
  return words.flatMap((each) => each?.[at] ?? []).join(at === 0 ? "; " : "；");
}

const ways: Record<string, [en: string, zh: string]> = {
  "arp-tried": ["the ARP table", "ARP 表"],
  "arp-routed": ["ARP not: it lies beyond a router", "未查 ARP：该地址不在本机网段"],
  "arp-missing": ["ARP not: this system shows no /proc/net/arp", "未查 ARP：系统没有 /proc/net/arp"],
  "ping-tried": ["ping", "ping"],
  "ping-missing": ["ping not: none is installed", "未用 ping：系统未安装"],
  "ping-failed": ["ping not: the program failed", "未用 ping：程序执行失败"],
};

/** What probing a site has shown to be wrong with its plan, or with the site. */
export const probeTexts = {
  "probe-management-silent": error(
    (p) => ({
      cause: `Host ${p.host} cannot be reached as a deployment needs it: ${signs(p, "en")}.`,
      fix: "Check power, cabling and the address set on the host's console, the VLAN of the port, and firewalls on the way (TCP 80 and 22).",
    }),
    (p) => ({
      cause: `主机 ${p.host} 的管理地址不满足部署要求：${signs(p, "zh")}。`,
      fix: "检查主机是否开机、网线和交换机端口 VLAN、控制台上配置的管理 IP，以及沿途防火墙是否放行 TCP 80 和 22。",
    }),
  ),
  // The deployment finds out by itself and stops; what differs may also have been changed by hand since.
  "probe-host-deployed": warning(
    (p) => ({
      cause: `Host ${p.host} is deployed already, and not as this plan has it: ${p.differs} differ.`,
      fix: "Check that this is the right machine; install SMTX OS anew on it, or write what stands into the plan.",
    }),
    (p) => ({
      cause: `主机 ${p.host} 已经部署过，且与本规划不一致：${p.differs}。`,
      fix: "确认是否连错主机；需要重新部署的请重装 SMTX OS，否则按现状修改规划。",
    }),
  ),
  // It may belong to a neighbour's site in the same layer 2.
  "probe-host-unplanned": warning(
    (p) => ({
      cause: `The L2 cluster scan sees a host that the plan lacks: ${p.hostname}, serial ${p.serial}, ${p.seenAt}${p.unasked ? `; it may be one of those that could not be asked: ${p.unasked}` : ""}.`,
      fix: "Add the host, or leave it out on purpose: it stands in the same layer 2 as the storage ports.",
    }),
    (p) => ({
      cause: `二层集群扫描发现规划之外的主机：${p.hostname}，序列号 ${p.serial}，${p.seenAt}${p.unasked ? `；也可能是未能查询到的规划内主机：${p.unasked}` : ""}。`,
      fix: "漏填的请补到规划表；确实不属于本集群的可以忽略，但它与存储网络在同一个二层。",
    }),
  ),
  "probe-address-taken": error(
    (p) => ({
      cause: `The ${roleName(p, "en")} is taken: ${signs(p, "en")} (tried: ${tried(p, "en")}).`,
      fix: "Free the address, or plan another one.",
    }),
    (p) => ({
      cause: `${roleName(p, "zh")} 已被占用：${signs(p, "zh")}（检测方式：${tried(p, "zh")}）。`,
      fix: "释放该地址，或在规划中换一个未使用的地址。",
    }),
  ),
  "probe-cloudtower-perhaps": warning(
    (p) => ({
      cause: `The ${roleName(p, "en")} is taken, perhaps by a CloudTower: ${signs(p, "en")} (tried: ${tried(p, "en")}).`,
      fix: "If it is one, the cluster is connected to it and none is installed; else free the address, or plan another one.",
    }),
    (p) => ({
      cause: `${roleName(p, "zh")} 已被占用，可能是已有的 CloudTower：${signs(p, "zh")}（检测方式：${tried(p, "zh")}）。`,
      fix: "如果是 CloudTower，集群将接入它，不再安装；否则请释放该地址，或在规划中换一个未使用的地址。",
    }),
  ),
  "probe-address-perhaps-ours": warning(
    (p) => ({
      cause: `The ${roleName(p, "en")} is taken, perhaps by this very site: its hosts are deployed already, and whose address this is cannot be told without a log-in. ${signs(p, "en")} (tried: ${tried(p, "en")}).`,
      fix: "Look at who has it; if it is this site's own, all is well.",
    }),
    (p) => ({
      cause: `${roleName(p, "zh")} 已被占用，可能就是本站点自己在用：规划内主机已部署，但不登录无法确认归属。${signs(p, "zh")}（检测方式：${tried(p, "zh")}）。`,
      fix: "确认该地址由谁使用；如果是本站点自己的，可以忽略。",
    }),
  ),
  // Another address of the range serves as well.
  "probe-test-address-taken": warning(
    (p) => ({
      cause: `${p.address} of the test range is taken: ${signs(p, "en")} (tried: ${tried(p, "en")}).`,
      fix: "Free it before the test, or narrow the range.",
    }),
    (p) => ({
      cause: `测试用临时 IP 范围内的 ${p.address} 已被占用：${signs(p, "zh")}（检测方式：${tried(p, "zh")}）。`,
      fix: "测试前释放该地址，或缩小测试 IP 范围。",
    }),
  ),
  // A cluster can be deployed without it; only its settings need it.
  "probe-bmc-silent": warning(
    (p) => ({
      cause: `The BMC of host ${p.host} answers neither RMCP (UDP 623) nor TCP 443, 80 or 22.`,
      fix: "Check the cable of the management port, the address set in the BMC, and the firewall between.",
    }),
    (p) => ({
      cause: `主机 ${p.host} 的带外管理（BMC）无响应：RMCP（UDP 623）以及 TCP 443、80、22 均不通。`,
      fix: "检查带外网口接线、BMC 中配置的 IP，以及中间的防火墙。",
    }),
  ),
  // The hosts may reach what this machine does not.
  "probe-dns-silent": warning(
    (p) => ({
      cause: `The DNS server gives no answer${p.code ? ` but ${p.code}` : ""}${p.name ? ` for ${p.name}` : ""} from here.`,
      fix: "Check the address and whether UDP 53 passes; the hosts need it even where this machine does not.",
    }),
    (p) => ({
      cause: `从本机查询 DNS 服务器${p.name ? `（${p.name}）` : ""}${p.code ? `返回 ${p.code}` : "无响应"}。`,
      fix: "检查 DNS 地址以及 UDP 53 是否放行；即使本机不通，主机侧也必须能访问。",
    }),
  ),
  // A resolver does not go on to the next server after this answer, so every one must know the name.
  "probe-dns-name-unknown": error(
    (p) => ({
      cause: `The DNS server does not know ${p.name}, which the plan names.`,
      fix: "Add the name to this server, mend it in the plan, or write its address.",
    }),
    (p) => ({
      cause: `DNS 服务器无法解析规划中的 ${p.name}。`,
      fix: "在该 DNS 服务器上添加解析记录，或更正规划中的域名，或直接填写 IP 地址。",
    }),
  ),
  "probe-ntp-silent": warning(
    (p) => ({
      cause: `The NTP server does not answer${p.why === "unresolved" ? ": its name is not resolved" : ""} from here.`,
      fix: "Check the address and whether UDP 123 passes; the hosts need it even where this machine does not.",
    }),
    (p) => ({
      cause: `从本机访问 NTP 服务器${p.why === "unresolved" ? "：域名无法解析" : "无响应"}。`,
      fix: "检查 NTP 地址以及 UDP 123 是否放行；即使本机不通，主机侧也必须能访问。",
    }),
  ),
  "probe-ntp-unsynchronised": warning(
    (p) => ({
      cause: `The NTP server answers, but gives no valid time: stratum ${p.stratum}${p.kiss ? ` (${p.kiss})` : ""}${p.alarm ? ", its clock is not set" : ""}.`,
      fix: "Let it synchronise with its own source, or plan another server.",
    }),
    (p) => ({
      cause: `NTP 服务器有响应，但时间不可用：stratum ${p.stratum}${p.kiss ? `（${p.kiss}）` : ""}${p.alarm ? "，其自身尚未同步" : ""}。`,
      fix: "先让该服务器与上级时间源同步，或更换 NTP 服务器。",
    }),
  ),
  // Synchronised machines differ by milliseconds: at a second, one of the two follows nothing.
  "probe-ntp-offset": warning(
    (p) => ({
      cause: `The NTP server's clock differs from this machine's by ${p.offset} ms.`,
      fix: "Find out which of the two is wrong: compare with another clock before hosts take this time.",
    }),
    (p) => ({
      cause: `NTP 服务器与本机的时间相差 ${p.offset} ms。`,
      fix: "确认哪一方时间不准；主机采用该时间之前，请与其他时钟核对。",
    }),
  ),
  "probe-gave-up": warning(
    (p) => ({
      cause: `Probing the address did not end within ${p.after}.`,
      fix: "Look at what answers there, and probe again.",
    }),
    (p) => ({
      cause: `探测该地址在 ${p.after} 内没有完成。`,
      fix: "检查该地址上的服务，然后重新探测。",
    }),
  ),
  // A run of the stack would stop there.
  "probe-pin-differs": error(
    (p) => ({
      cause: `${p.endpoint} shows another ${p.section === "tls" ? "certificate" : "host key"} than trust.yaml keeps: ${p.pin}.`,
      fix: "If it was renewed on purpose, put the new one in its place; if not, somebody stands in between.",
    }),
    (p) => ({
      cause: `${p.endpoint} 出示的${p.section === "tls" ? "证书" : "主机密钥"}与 trust.yaml 中保存的不一致：${p.pin}。`,
      fix: "确属更换或重装的，用新指纹替换；否则可能存在中间人，请勿继续。",
    }),
  ),
} satisfies Record<string, FindingText>;
