import { useEffect, useState } from 'react'

const saidMs = 1_500

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'not copied'>()
  useEffect(() => {
    if (outcome === undefined) return
    const timer = setTimeout(() => setOutcome(undefined), saidMs)
    return () => clearTimeout(timer)
  }, [outcome])

  async function copy() {
    try {
      await navigator.clipboard.writeText(text)
      setOutcome('copied')
    } catch {
      setOutcome('not copied') // no permission, or a page that is not served securely
    }
  }
  return (
    <button type="button" className="copy" aria-label={label} title={label} onClick={copy}>
      {outcome === undefined ? (
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />
        </svg>
      ) : (
        <span role="status">{outcome}</span>
      )}
    </button>
  )
}
