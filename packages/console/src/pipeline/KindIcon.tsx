import type { StageKind } from '@millrace/control/api'

const shapes: Readonly<Record<StageKind, string>> = {
  gateway: 'M2 8h8M7 5l3 3-3 3M10 2h3.5v12H10',
  topic: 'M2.5 3.5h11M2.5 8h11M2.5 12.5h7',
  conversion: 'M2.5 4.5h4v7h-4zM6.5 8h4M9 6l2 2-2 2M13.5 4v8',
  job: 'M3 3h10M8 3v4M4 13l4-6 4 6zM3 13h10',
  table: 'M2 3h12v10H2zM2 6.5h12M6.5 6.5V13',
}

/** A stage's kind as a small drawing; the kind's name always stands beside it. */
export function KindIcon({ kind }: { kind: StageKind }) {
  return (
    <svg className="kind-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[kind]} />
    </svg>
  )
}
