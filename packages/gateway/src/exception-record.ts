import { contextToAttributes, idIn, originalOf, writeException } from '@millrace/event'
import type { LogRecord } from '@millrace/log'
import { exceptionBytesMax } from './limits.js'
import { type Intake, isRefused, type Refused, type SentRecord } from './prepare.js'

/** The record of a refused event: without a key, with the event's own id where it has one. */
export function exceptionRecord(
  { given, value, whole }: SentRecord,
  refused: Refused,
  intake: Intake,
): LogRecord {
  const own = isRefused(given) ? undefined : given.told
  const { topic, policy, now, random } = intake
  const exception = {
    topic,
    field: refused.field,
    reason: refused.reason,
    receivedAt: new Date(now).toISOString(),
    ...originalOf((value ?? whole)?.text ?? null),
    ...(refused.key === undefined ? {} : { key: Buffer.from(refused.key).toString('base64') }),
    ...(own === undefined ? {} : { context: contextToAttributes(own.context) }),
  }
  const about = {
    id: idIn(value?.value, policy.idField) ?? own?.context.id ?? random.uuid(),
    source: own?.context.source ?? intake.source,
    time: now,
    tier: policy.tier,
    owner: policy.owner,
  }
  return { key: null, ...writeException(exception, about, exceptionBytesMax), timestamp: now }
}
