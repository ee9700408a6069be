/** One thing wrong in a project directory, and where. Lines and columns count from 1. */
export interface Problem {
  /** Relative to the project's folder, with forward slashes. */
  file: string
  line?: number
  column?: number
  /** What is wrong, as a sentence without its full stop. */
  message: string
  /** What would be right, as whole sentences. */
  hint?: string
}

/** `topics/trips.yaml:4:3: unknown key `partition`. Did you mean `partitions`?` */
export function renderProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined)
  const message = problem.message.replace(/\s+/g, ' ').replace(/\.$/, '')
  const hint = problem.hint === undefined ? '' : ` ${sentence(problem.hint)}`
  return `${place.join(':')}: ${message}.${hint}`
}

/** The SQL front end writes its hints as parts of a sentence. */
function sentence(hint: string): string {
  const text = hint.replace(/\s+/g, ' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`
}

/** All that is wrong in a project directory. Its message has one line a problem. */
export class ProjectError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(renderProblem).join('\n'))
    this.name = 'ProjectError'
    this.problems = problems
  }
}
