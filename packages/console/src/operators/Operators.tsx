import type { StageView } from '@millrace/control/api'
import { operatorColumns } from './columns.js'

/** What the sources, operators and sinks of a job do and keep, a row each. */
export function Operators({ stage }: { stage: StageView }) {
  const { operators = [] } = stage
  const columns = operatorColumns(operators)
  return (
    <section className="panel operators" aria-labelledby="operators-title">
      <header className="panel-head">
        <h2 id="operators-title">Operators of {stage.name}</h2>
        <p className="panel-note">since its process began</p>
      </header>
      <section className="table-frame" aria-label={`Operators of ${stage.name}, table`}>
        <table>
          <thead>
            <tr>
              <th scope="col">operator</th>
              {columns.map(({ label }) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {operators.map((operator) => (
              <tr key={`${operator.kind} ${operator.name}`}>
                <th scope="row">{operator.name}</th>
                {columns.map(({ label, textOf }) => (
                  <td key={label}>{textOf(operator)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}
