import type { EndpointView } from '@millrace/control/api'
import { CopyButton } from './CopyButton.js'

/** Where the platform's parts listen, to be copied into a client's configuration. */
export function Endpoints({ endpoints }: { endpoints: readonly EndpointView[] }) {
  const others = endpoints.filter(({ name }) => name !== 'console')
  if (others.length === 0) return null
  return (
    <ul className="endpoints" aria-label="Endpoints">
      {others.map(({ name, cluster, url }) => (
        <li key={url} className="endpoint">
          <span className="endpoint-name">
            {cluster === undefined ? name : `${name} ${cluster}`}
          </span>
          <code>{url.replace(/^https?:\/\//, '')}</code>
          <CopyButton text={url} label={`Copy ${name} address ${url}`} />
        </li>
      ))}
    </ul>
  )
}
