/** The mill's wheel: it turns while records flow. */
export function Wheel({ turning }: { turning: boolean }) {
  return (
    <svg
      className={turning ? 'wheel wheel-turning' : 'wheel'}
      viewBox="0 0 24 24"
      aria-hidden="true"
    >
      <circle cx="12" cy="12" r="7.5" />
      <path d="M12 1.5v21M1.5 12h21M4.6 4.6l14.8 14.8M19.4 4.6 4.6 19.4" />
      <circle className="wheel-hub" cx="12" cy="12" r="2" />
    </svg>
  )
}
