import type { FindingParams, Language } from "./text";

/** Names of the plan's fields, by path without indices: English, and the words of the planning workbook. */
const fieldNames: Record<string, [en: string, zh: string]> = {
  language: ["language of the titles", "标题语言"],
  customer: ["customer's name", "客户名称"],
  project: ["project's name", "项目名称"],
  datacenter: ["data centre's name", "数据中心名称"],
  area: ["data centre area", "数据中心区域"],
  hosts: ["list of hosts", "主机列表"],
  "hosts.name": ["host name", "主机名"],
  "hosts.management": ["management address of the host", "主机管理地址"],
  "hosts.storage": ["storage address of the host", "主机存储IP"],
  "hosts.serial": ["serial number of the host", "设备S/N"],
  "hosts.ssh.username": ["SSH user of the host", "主机 SSH 用户名"],
  "hosts.ssh.password": ["SSH password of the host", "主机 SSH 密码"],
  "hosts.bmc": ["out-of-band controller of the host", "主机带外管理"],
  "hosts.bmc.address": ["out-of-band address of the host", "主机带外地址"],
  "hosts.bmc.username": ["out-of-band user of the host", "主机带外账号"],
  "hosts.bmc.password": ["out-of-band password of the host", "主机带外密码"],
  "hosts.root.password": ["password of root on the host", "主机 root 密码"],
  "hosts.rack.name": ["rack of the host", "主机的机架名称"],
  "hosts.rack.unit": ["height unit of the host", "主机的机架位置 U"],
  "racks.name": ["number of the rack", "机柜编号"],
  "racks.devices": ["device in the rack", "柜内设备"],
  cluster: ["cluster", "集群"],
  "cluster.name": ["cluster name", "集群名称"],
  "cluster.vip": ["cluster VIP", "集群 VIP"],
  "cluster.version": ["version of SMTX OS", "SMTX OS 版本"],
  "cluster.serial": ["serial number of the cluster", "集群序列号"],
  "cluster.boost": ["cluster function", "集群功能启用"],
  "cluster.storage": ["storage architecture", "存储架构"],
  "cluster.networks": ["network architecture", "网络架构"],
  "cluster.admin.username": ["user name of the cluster administrator", "集群管理员用户名"],
  "cluster.admin.password": ["password of the cluster administrator", "集群管理员密码"],
  "management.network": ["management network", "管理网络"],
  "management.extra": ["extra management network", "附加管理网络"],
  "storage.network": ["storage network", "存储网络"],
  "backup.network": ["backup network", "备份网络"],
  "business.networks": ["business network", "业务网络"],
  "management.switch": ["management switch", "管理虚拟交换机"],
  "storage.switch": ["storage switch", "存储虚拟交换机"],
  "backup.switch": ["backup switch", "备份虚拟交换机"],
  "business.switch": ["business switch", "业务虚拟交换机"],
  ipmi: ["out-of-band (IPMI) network", "带外（IPMI）网络"],
  cloudtower: ["CloudTower", "CloudTower"],
  observability: ["Observability", "Observability"],
  backupService: ["backup service", "备份服务"],
  everoute: ["ER", "ER"],
  "everoute.vip": ["ER VIP", "ER VIP"],
  "everoute.nodes": ["ER controller address", "ER 控制器地址"],
  testRange: ["range of test addresses", "测试用临时IP范围"],
  "testRange.first": ["first test address", "测试用临时IP的起始地址"],
  "testRange.last": ["last test address", "测试用临时IP的结束地址"],
  ntp: ["NTP server", "NTP 服务器"],
  dns: ["DNS server", "DNS 服务器"],
  placementGroups: ["placement group", "放置组"],
  defaults: ["defaults of the machines", "虚拟机默认值"],
  vms: ["machine", "虚拟机"],
  "vms.key": ["key of the machine", "虚拟机的 key"],
  "vms.vcpu": ["number of CPUs (vcpu)", "vCPU 数量"],
  "vms.cpuCores": ["number of cores of a socket (cpuCores)", "每插槽核数"],
  "vms.memory": ["memory", "内存"],
  "vms.template": ["template of the machine", "虚拟机模板"],
  "vms.contentLibraryTemplate": ["content library template", "内容库模板"],
  "vms.clone": ["machine that it is a clone of", "克隆来源"],
  "vms.snapshot": ["snapshot of the machine", "快照"],
  "vms.fullCopy": ["full copy", "完全拷贝"],
  "vms.cloudInit": ["cloud-init data", "cloud-init 数据"],
  "vms.cloudInit.hostname": ["host name of cloud-init", "cloud-init 主机名"],
  "vms.cloudInit.nameservers": ["DNS servers of cloud-init", "cloud-init DNS 服务器"],
  "vms.cloudInit.publicKeys": ["SSH keys of cloud-init", "cloud-init SSH 公钥"],
  "vms.cloudInit.defaultUserPassword": ["password of cloud-init", "cloud-init 默认用户密码"],
  "vms.cloudInit.userData": ["user data of cloud-init", "cloud-init 用户数据"],
  "vms.host": ["host of the machine", "虚拟机所在主机"],
  "vms.placementGroup": ["placement group of the machine", "虚拟机的放置组"],
  "vms.hostname": ["host name of the guest", "虚拟机主机名"],
  "vms.dnsServers": ["DNS servers of the guest", "虚拟机 DNS 服务器"],
  "vms.ntpServers": ["NTP servers of the guest", "虚拟机 NTP 服务器"],
  "vms.description": ["description", "描述"],
  "vms.folder": ["folder of the machine", "虚拟机组"],
  "vms.ha": ["high availability (ha)", "高可用"],
  "vms.firmware": ["firmware", "引导方式"],
  "vms.status": ["power of the machine", "虚拟机电源状态"],
  "vms.iso": ["ISO image of the machine", "虚拟机的 ISO 映像"],
  "vms.cdRoms": ["CD-ROM", "光驱"],
  "vms.cdRoms.image": ["image of the CD-ROM", "光驱映像"],
  "vms.disks": ["disk", "磁盘"],
  "vms.disks.size": ["size of the disk", "磁盘容量"],
  "vms.disks.storagePolicy": ["storage policy of the disk", "磁盘存储策略"],
  "vms.disks.bus": ["bus of the disk", "磁盘总线"],
  "vms.nics": ["network port", "网口"],
  "vms.nics.vlan": ["network of the port", "网口所属虚拟网络"],
  "vms.nics.ipAddress": ["address of the machine", "虚拟机 IP 地址"],
  "vms.nics.firstNumber": ["number of the first address", "首个地址对应的编号"],
  "vms.nics.subnetMask": ["subnet mask", "子网掩码"],
  "vms.nics.gateway": ["gateway", "网关"],
  "vms.nics.model": ["model of the port", "网口类型"],
  "vms.nics.macAddress": ["hardware address", "MAC 地址"],
  "vms.nics.enabled": ["cable of the port", "网口连接状态"],
  "vms.nics.mirror": ["mirrored traffic", "镜像流量"],
};

/** Last steps of paths that are said with what stands before them. */
const lastSteps: Record<string, [en: string, zh: string]> = {
  address: ["address", "IP地址"],
  name: ["name", "名称"],
  nics: ["host ports", "主机端口"],
  bondMode: ["bond mode", "网口绑定模式"],
  vlan: ["VLAN id", "VLAN ID"],
  vlanType: ["VLAN type", "VLAN类型"],
  subnet: ["subnet", "子网"],
  gateway: ["gateway", "网关"],
  username: ["user name", "用户名"],
  password: ["password", "密码"],
  ssh: ["SSH", "SSH"],
  system: ["system administrator's", "系统管理员"],
  rack: ["rack", "机架"],
  serial: ["serial number", "SN"],
  version: ["version", "版本"],
};

/** The field that a finding is about, in words. */
export function field(params: FindingParams, language: Language = "en"): string {
  return name(params.field, language);
}

/** A field in words, by its path without indices. What is not known keeps its path. */
export function name(path: string | number | undefined, language: Language = "en"): string {
  const key = String(path ?? "");
  if (key === "") return language === "en" ? "value" : "取值";
  const at = language === "en" ? 0 : 1;
  // What machines have by default is called as it is in each.
  const known = fieldNames[key] ?? fieldNames[key.replace(/^defaults\./, "vms.")];
  if (known) return known[at];
  const steps = key.split(".");
  const last = steps.pop() ?? key;
  const word = lastSteps[last]?.[at] ?? last;
  if (steps.length === 0) return word;
  const before = name(steps.join("."), language);
  // Chinese has no spaces between words, but beside Latin letters.
  const space = language === "en" || /[A-Za-z]$/.test(before) ? " " : "";
  return `${before}${space}${word}`;
}
