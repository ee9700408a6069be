import { storageOf } from '../../state/storage.js'
import type { Target } from '../format.js'
import { KernelBlockReader } from '../kernel/block.js'
import { avroStepBytes, avroStepsMax, type KernelFormat } from '../kernel/kernel.js'
import { type TargetType, targetKind } from '../kernel/target.js'
import { microsPerUnit } from './convert.js'
import type { AvroSchema } from './schema.js'

/** How the kernel reads a field: `Step` in `assembly/avro.ts`. */
const stepKind = { boolean: 0, varint: 1, float: 2, double: 3, bytes: 4 } as const
type StepKind = (typeof stepKind)[keyof typeof stepKind]

const none = 255

/**
 * Reads records of a schema with the kernel; undefined where the schema, or what columns make of it,
 * is none for it.
 */
export function avroBlocks(
  schema: AvroSchema,
  targets: readonly Target[],
): KernelBlockReader | undefined {
  if (schema.kind !== 'record' || schema.fields.length > avroStepsMax) return undefined
  const types = new Map<number, TargetType>()
  const steps = new Uint8Array(schema.fields.length * avroStepBytes)
  for (const [place, { name, schema: field }] of schema.fields.entries()) {
    const { present, nullBranch } = presentOf(field)
    const kind = present && stepKindOf(present)
    if (kind === undefined || present === undefined) return undefined
    const index = targets.findIndex((target) => target.field.name === name)
    const target = targets[index]
    if (target !== undefined) {
      const type = targetTypeOf(kind, present, target)
      if (type === undefined) return undefined
      types.set(index, type)
    }
    steps.set([kind, nullBranch, target === undefined ? none : index], place * avroStepBytes)
  }
  // A column that the schema has not may have a default.
  if (types.size < targets.length) return undefined
  const format: KernelFormat = {
    begin: (kernel, targetCount) => kernel.beginAvro(targetCount, steps),
    decode: (kernel, shift, first, count) => kernel.decodeAvro(shift, first, count),
  }
  const wanted = targets.map(({ column }, index) => {
    return { column, nameBytes: new Uint8Array(0), type: types.get(index) as TargetType }
  })
  return KernelBlockReader.of(wanted, format)
}

/** What a field holds, and which branch of its union is null. */
function presentOf(schema: AvroSchema): { present: AvroSchema | undefined; nullBranch: number } {
  if (schema.kind !== 'union') return { present: schema, nullBranch: none }
  const nullBranch = schema.branches.findIndex(({ kind }) => kind === 'null')
  const isPlain = schema.branches.length === 2 && nullBranch >= 0
  return { present: isPlain ? schema.branches[1 - nullBranch] : undefined, nullBranch }
}

function stepKindOf({ kind }: AvroSchema): StepKind | undefined {
  switch (kind) {
    case 'int':
    case 'long':
      return stepKind.varint
    case 'bytes':
    case 'string':
      return stepKind.bytes
    case 'boolean':
    case 'float':
    case 'double':
      return stepKind[kind]
    default:
      return undefined
  }
}

/** As `avroConverter`: what it refuses, and what it computes with, is none for the kernel. */
function targetTypeOf(
  step: StepKind,
  schema: AvroSchema,
  { field: { type } }: Target,
): TargetType | undefined {
  const storage = storageOf(type)
  const width = storage.kind === 'fixed' ? storage.width : 8
  switch (type.kind) {
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
      return step === stepKind.bytes ? { kind: targetKind.text, width } : undefined
    case 'boolean':
      return step === stepKind.boolean ? { kind: targetKind.boolean, width } : undefined
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'date':
      return schema.kind === 'int' ? { kind: targetKind.integer, width } : undefined
    case 'bigint':
      return step === stepKind.varint ? { kind: targetKind.integer, width } : undefined
    case 'float':
      return step === stepKind.float ? { kind: targetKind.float, width } : undefined
    case 'double':
      return step === stepKind.float || step === stepKind.double
        ? { kind: targetKind.double, width }
        : undefined
    case 'timestamp':
    case 'timestampLtz': {
      if (schema.kind !== 'long') return undefined
      const unit = microsPerUnit(schema.logicalType, type.precision)
      return unit < 1 ? undefined : { kind: targetKind.timestamp, width, low: BigInt(unit) }
    }
    default:
      return undefined
  }
}
