/** What the page of vms.yaml says beside the fields, in Markdown. */
export const VMS_PAGE =
  `The virtual machines of a cluster that CloudTower manages, as YAML 1.2, in a stack of their own: \`stacks/<stack>/vms.yaml\`.
\`stacks/vms-lab\` is an example. What is wrong with it \`npx sitewright check stacks/<stack>\` says, line by line.

\`\`\`yaml
kind: virtual-machines
cloudtower: 10.0.20.15
cluster: HCI-01
defaults:
  template: rocky-9        # or contentLibraryTemplate, clone, snapshot, iso
  vcpu: 4
  memory: 8 GiB
  ha: true
  disks: [{ size: 100 GiB }]
  nics: [{ vlan: VLAN-1120, ipAddress: 10.1.20.11-10.1.20.40, subnetMask: 255.255.255.0, gateway: 10.1.20.1 }]
  cloudInit: { nameservers: [10.0.0.114], publicKeys: [ssh-ed25519 AAAA] }
vms:
  - name: web-{01..18}
  - { name: "db-{01..02}", memory: 64 GiB, placementGroup: db, disks: [{ size: 100 GiB }, { size: 500 GiB }],
      nics: [{ vlan: VLAN-1121, ipAddress: 10.1.21.11-10.1.21.12, subnetMask: 255.255.255.0 }] }
\`\`\`

Each machine is one resource [\`cloudtower:Vm\`](resources/cloudtower-Vm.md), where every field is explained; networks,
images and folders are named as they are called in the cluster. The password of CloudTower's user is found by the
connection \`cloudtower\`: in \`SITEWRIGHT_CLOUDTOWER_PASSWORD\`, or in the stack's secrets
(\`npx sitewright plan secrets stacks/<stack> --set cloudtower\`); the user is \`root\` unless
\`SITEWRIGHT_CLOUDTOWER_USERNAME\` or the secrets say otherwise. Of a stack's settings, those of the kernel hold
(\`adopt\`, \`trust\`, \`home\`, \`timeouts\`, \`requestTimeout\`, \`credentials\`), \`cloudtowerLogin\`, and \`teardown\`, without which
\`pulumi destroy\` deletes nothing.

## What a machine is made from

From a template, a template of the content library, another machine (\`clone\`) or a snapshot: it has their hardware, as far
as the plan says nothing else, and its first disks are theirs, which grow to what the plan has. Or from nothing, with
\`vcpu\`, \`memory\` and, where it is to be installed, \`iso\`. A machine is made once: with another source in the plan it stays
what it is, which is refused at preview. So a template that will change belongs to the entries, not to the defaults: a new
one goes to new entries, and those that stand keep theirs, or name none.

An entry with a source of its own has nothing of that of the defaults, nor their \`cloudInit\` and \`fullCopy\` where these do
not go with its own.

## Names

\`web-{01..18}\` stands for eighteen machines, \`web-01\` to \`web-18\`: braces once in a name, with zeros in front as they are
written there. A field of an entry replaces that of the defaults whole, and so does a list.

**A machine is known by its key**, which is its name unless told. Another name with the same key is a rename, in place;
another name without one is another machine, and the old one is deleted:

\`\`\`yaml
  - { name: "shop-{01..18}", key: "web-{01..18}" }   # the first eighteen machines, renamed
\`\`\`

A \`hostname\`, its own or that of \`cloudInit\`, has braces with as many numbers as the name, too. A plan has 10,000 machines
at most, and a machine 64 disks, 64 network ports and 64 drives.

A disk without a name is called by the key and its place, \`web-01-1\`, \`web-01-2\`, so that a rename touches none. It is
its place that it is known by: add such disks at the end and drop them from the end, or give them names.

## Addresses

**The n-th address of a range is that of the machine with the number n**: with 10.1.20.11-10.1.20.40, \`web-01\` has
10.1.20.11 and \`web-07\` 10.1.20.17. The number is the one of the braces, or, in a name without braces, that with which the
name ends. Nothing else counts, neither the order of the entries nor what other machines there are: take out \`web-07\`, and
the others stay where they are; give it an entry of its own, and it stays, too.

\`\`\`yaml
  - name: web-{01..06}
  - name: web-{08..18}                       # web-07 is gone, and web-08 has 10.1.20.18 as before
\`\`\`

So two entries that count from the same number need a range each: \`app-{01..05}\` beside \`web-{01..18}\` would have the
addresses of \`web-01\` to \`web-05\`, which is an error that names both lines. Where names count from another number,
\`firstNumber: 101\` beside the range says which of them has its first address.

How the guest comes to its address:

- Made from a template with cloud-init (one that CloudTower has marked so), a machine is given its addresses for its first
  start, the gateway as its default route; ports without an address get one by DHCP then. Nothing is waited for, and no
  tools are needed.
- All other machines have them set through the tools in the guest, and so has each whose address is changed later. The
  tools are waited for, so that a machine without them waits until the time-out; one that is planned to be STOPPED gets
  its address once it runs.

What the guest really has CloudTower tells while its tools run. Of one without tools nobody knows it: an address that it
was given is taken for its own, and is not set again.

## Placement groups

\`placementGroups\` are made by the stack, before the machines that name them:

\`\`\`yaml
placementGroups: [{ name: db, vmPolicy: MUST_DIFFERENT }]
\`\`\`

One that a machine names and that is not listed has to be in the cluster already, as its template, networks, images, folder
and labels have to. Which machines are in a group they say themselves; a group that others are in stays when the stack goes.

## Machines that stand already

\`npx sitewright adopt cloudtower stacks/<stack>/vms.yaml --cloudtower HOST --cluster NAME\` writes the plan of a cluster's
machines as they stand, or with \`--vm 'web-*'\` of those named like that, and takes them over into the state of the stack,
which must be there (\`pulumi stack init\`). CloudTower is only read, and the next preview shows no change. CloudTower's own
machines, those in the recycle bin and those of other stacks are left out; those that bear this stack's own mark, whose
plan and state are lost, have the keys of their marks. What a plan cannot have of one, as a disk with
erasure coding's policy, is left to CloudTower. Where CloudTower has one cluster, that is meant. A vms.yaml that stands
already, as of a command that was cut off or written by hand, stays as it is, and its machines are taken over: those that
stand otherwise are changed by the next \`pulumi up\`, those that do not stand are made, and both are listed. A machine bears
the stack's mark from its first change on.

A command that was cut off is run once more, before any \`pulumi destroy\` or \`up\`. ^C and SIGTERM let the engine free the
stack; after \`kill -9\` it may stay locked, and [once its holder is known to be dead](shared-state.md#locks) \`pulumi cancel\`
frees it.

By the setting \`adopt\` (\`all\`, or names) \`pulumi up\` takes over as well, and brings to the plan what it takes in the same
run. What bears another stack's mark it takes by name alone.

## As a workbook

A sheet \`虚拟机\` or \`Virtual machines\` of an .xlsx, a row each machine, is read as well: from a workbook that is no
planning workbook of a site, or is named \`vms.xlsx\`. \`npx sitewright plan template vms.xlsx --vms\` writes a blank one
(\`--lang en\`: in English). CloudTower and cluster stand beside their labels above the row of headings. Headings may stand
in any order and be Chinese, English or the names of fields that hold no list; a second disk or network port has a 2
behind its heading. Numbers of memory and disks are GiB. A name in a row may have braces, too; there are neither defaults
nor placement groups of the stack's own. What is wrong is said at its cell, and a column that means nothing is an error.
`.trimEnd();
