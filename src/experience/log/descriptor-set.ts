import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';

const PACKAGE = ['softqd', 'v1'] as const;
const FILE_NAME = 'softqd/v1/experience.proto';

let source: protobuf.Root | undefined;
const cached = new Map<string, Uint8Array>();

/**
 * A google.protobuf.FileDescriptorSet of one message of experience.proto (`softqd.v1.<name>`) and of the messages it holds, as the log's
 * schema records embed it.
 */
export function experienceDescriptorSet(fullName: string): Uint8Array {
  let bytes = cached.get(fullName);
  if (bytes === undefined) {
    bytes = build(fullName);
    cached.set(fullName, bytes);
  }
  return bytes;
}

function build(fullName: string): Uint8Array {
  source ??= readSource();
  const root = new protobuf.Root();
  const target = root.define([...PACKAGE]);
  for (const type of withParts(source.lookupType(fullName)))
    target.add(protobuf.Type.fromJSON(type.name, type.toJSON()));
  root.resolveAll();
  const set = root.toDescriptor('proto3');
  for (const file of set.file) {
    file.name = FILE_NAME;
    for (const field of (file.messageType ?? []).flatMap((message) => message.field ?? [])) {
      // A reader need not resolve a fully qualified name.
      if (field.typeName) field.typeName = `.${PACKAGE.join('.')}.${field.typeName}`;
    }
  }
  return descriptor.FileDescriptorSet.encode(set).finish();
}

function readSource(): protobuf.Root {
  const url = new URL('../../wire/generated/descriptors.json', import.meta.url);
  const root = protobuf.Root.fromJSON(JSON.parse(readFileSync(url, 'utf8')) as protobuf.INamespace);
  root.resolveAll();
  return root;
}

/** A message type and, after it, the types of its fields. */
function withParts(type: protobuf.Type): Set<protobuf.Type> {
  const types = new Set([type]);
  for (const { resolvedType } of type.fieldsArray) {
    if (resolvedType instanceof protobuf.Type) for (const part of withParts(resolvedType)) types.add(part);
  }
  return types;
}
