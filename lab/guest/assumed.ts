/** What is assumed of the guest of CloudTower's machine. */
export const guestAssumed: readonly [what: string, why: string][] = [
  [
    "a virtual machine is CloudTower's when its guest's tools run and have set the plan's cloudtower.address on a NIC that is up; SSH answers there then, with the account cloudtower and its factory password, with ops once somebody has added it, with nobody else, and one host key whichever machine it is; homes are their accounts' alone, and each machine has a machine-id of its own",
    "the tools set the address (runbook, stage 04 通过vmtools配置cloudtower网络), the account is the runbook's (stage 04 通过ssh执行cloudtower服务部署脚本); what an image installs the lab cannot know, it keeps none of its bytes",
  ],
  [
    "preinstall.sh takes 30 seconds and may be run again; the installer takes 20 minutes, and what it says but for its last line is made up",
    "about 20 minutes, many lines of log, and the line Install Operation Center Successfully: runbook, stage 04; no other line is shown, and no line of a failure",
  ],
  [
    "two installers at once in one guest both fail and say so; one that is run again after success or failure runs as the first; both programs need root",
    "no document says it",
  ],
  [
    "what runs in the guest dies with its connection unless it was started by nohup, setsid or systemd-run, on a pty or without; a job in the background holds the connection open while the connection's output is its own",
    "SIGHUP and sshd; without a pty some programs live on, until they write: the lab takes the harder case",
  ],
  [
    "CloudTower's ports 22, 80 and 443 close when its machine stops and open a minute after it starts; its data and resolv.conf stay, and go with the machine",
    "they lie on the machine's disk; the minute is that of the guest tools",
  ],
];
