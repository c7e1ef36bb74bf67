import { expect, test } from "vitest";
import { taskError } from "./task";

const wrap = (code: string, answer: string) =>
  `Cannot unwrap Ok value of Result.Err.\r\ncode: ${code}\r\nmessage: ${answer}`;

test("the cluster's own code and words are taken out of a task's error text", () => {
  const answer =
    '{"data":{},"ec":"VM_CLOUD_INIT_CONFIG_ERROR","error":{"msg":"[VM_CLOUD_INIT_CONFIG_ERROR]The gateway [192.168.31.215] is unreachable. "}}';
  expect(taskError({ error_message: wrap("CREATE_VM_FORM_TEMPLATE_FAILED", answer) })).toEqual({
    code: "VM_CLOUD_INIT_CONFIG_ERROR",
    message: "The gateway [192.168.31.215] is unreachable.",
  });
});

test("words in Chinese, words that are no JSON, and none at all are told as they are", () => {
  const chinese = '{"ec":"VM_DUPLICATED_NAME","error":{"msg":"[VM_DUPLICATED_NAME]虚拟机名称重复。"}}';
  expect(taskError({ error_message: wrap("CREATE_VM_FAILED", chinese) })).toEqual({
    code: "VM_DUPLICATED_NAME",
    message: "虚拟机名称重复。",
  });
  expect(taskError({ error_message: wrap("CONNECT_CLUSTER_FAILED", "连接超时") })).toEqual({
    code: "CONNECT_CLUSTER_FAILED",
    message: "连接超时",
  });
  expect(taskError({ error_code: "E1", error_message: "no space left" })).toEqual({
    code: "E1",
    message: "no space left",
  });
  expect(taskError({ error_message: wrap("A", '{"ec": 1, cut o') })).toEqual({ code: "A", message: '{"ec": 1, cut o' });
  expect(taskError({})).toEqual({ code: undefined, message: undefined });
});
