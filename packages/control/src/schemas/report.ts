/** Verdicts for people: on a terminal, and as the comment of a pull request. */
import { changeText } from './change.js'
import type { Verdict } from './verdict.js'

export function reportText(
  verdicts: readonly Verdict[],
  against: string,
  tells: 'verdicts' | 'differences',
): string {
  const lines: string[] = []
  for (const verdict of verdicts) {
    if (verdict.status === 'same') continue
    const status = statusText(verdict)
    const isChange = verdict.status === 'compatible' || verdict.status === 'breaks'
    const title = titleOf(verdict)
    lines.push(isChange && tells === 'differences' ? title : `${title}: ${status}`)
    for (const change of verdict.changes) lines.push(`  ${changeText(change)}`)
    for (const reason of verdict.breaks) lines.push(`  breaks: ${reason}`)
  }
  lines.push(summary(verdicts, against, tells))
  return lines.join('\n')
}

export function reportMarkdown(verdicts: readonly Verdict[], against: string): string {
  const changed = verdicts.filter(({ status }) => status !== 'same')
  const lines = ['### Schemas', '', summary(verdicts, `\`${against}\``, 'verdicts')]
  if (changed.length > 0) {
    lines.push('', '| schema | verdict | changes |', '|---|---|---|')
    for (const verdict of changed) {
      const icon = verdict.status === 'breaks' ? '❌' : '✅'
      const changes = verdict.changes.map((change) => code(changeText(change))).join('<br>')
      lines.push(`| ${code(titleOf(verdict))} | ${icon} ${statusText(verdict)} | ${changes} |`)
    }
  }
  for (const verdict of changed) {
    if (verdict.breaks.length === 0) continue
    lines.push('', `**${code(titleOf(verdict))} breaks**`, '')
    for (const reason of verdict.breaks) lines.push(`- ${code(reason)}`)
  }
  return lines.join('\n')
}

function titleOf({ file, subject }: Verdict): string {
  return subject === undefined ? `schemas/${file}` : `schemas/${file} (${subject})`
}

function statusText({ status, changes, by }: Verdict): string {
  switch (status) {
    case 'same':
      return 'unchanged'
    case 'new':
      return 'new'
    case 'compatible':
      return changes.length === 1
        ? 'one change, compatible'
        : `${changes.length} changes, compatible`
    case 'breaks':
      return by === undefined ? 'breaks' : `breaks (${by})`
    case 'gone':
      return 'went'
    case 'unused':
      return 'used by no topic'
  }
}

function summary(
  verdicts: readonly Verdict[],
  against: string,
  tells: 'verdicts' | 'differences',
): string {
  const count = (status: Verdict['status']) =>
    verdicts.filter((verdict) => verdict.status === status).length
  const [breaks, same] = [count('breaks'), count('same')]
  const changed = verdicts.length - same - breaks
  if (breaks === 0 && changed === 0) return `Nothing changed against ${against}.`
  const counted = `Against ${against}: ${changed + breaks} changed, ${same} unchanged`
  if (tells === 'differences') return `${counted}.`
  const broken =
    breaks === 0 ? 'nothing breaks' : `${breaks} of them ${breaks === 1 ? 'breaks' : 'break'}`
  return `${counted}; ${broken}.`
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``
}
