/** What an operator can put right. The message says what happened, where, and what to do. */
export class ControlError extends Error {
  readonly code: string
  /** Where it is told over HTTP. */
  readonly status: number

  constructor(code: string, status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ControlError'
    this.code = code
    this.status = status
  }
}

/** Each error of this package, by its code. */
export const controlErrors = {
  folderMissing: (folder: string) =>
    new ControlError(
      'FOLDER_MISSING',
      404,
      `There is no folder ${folder}. Start a new project there with \`millrace new ${folder}\`.`,
    ),
  notAProject: (folder: string) =>
    new ControlError(
      'NOT_A_PROJECT',
      404,
      `${folder} holds no millrace.yaml. Give the folder of a project, or start a new one with \`millrace new DIR\`.`,
    ),
  notAFolder: (file: string) =>
    new ControlError('NOT_A_FOLDER', 400, `${file} is a file, not a folder.`),
  folderNotWritable: (folder: string) =>
    new ControlError(
      'FOLDER_NOT_WRITABLE',
      403,
      `Nothing can be written into ${folder}. Make it writable, or store everything elsewhere with \`--data DIR\`.`,
    ),
  folderNotEmpty: (folder: string) =>
    new ControlError(
      'FOLDER_NOT_EMPTY',
      409,
      `${folder} is not empty. Give a folder that is new or empty.`,
    ),
  portsTaken: (taken: readonly { name: string; port: number }[]) => {
    const ports = taken.map(({ name, port }) => `${port} (${name})`).join(', ')
    const options = taken.map(({ name, port }) => `${name}=${port + 10_000}`).join(',')
    return new ControlError(
      'PORT_TAKEN',
      409,
      `Port ${ports} is taken by another program. Choose another with \`--ports ${options}\` or under \`ports\` in millrace.yaml, or let Millrace choose with \`--free-ports\`.`,
    )
  },
  alreadyRunning: (project: string, pid: number, since: string) =>
    new ControlError(
      'ALREADY_RUNNING',
      409,
      `${project} is already running (pid ${pid}, since ${since}). Stop it first, or give another data folder with \`--data DIR\`.`,
    ),
  earlierRunLives: (folder: string, pids: readonly number[]) =>
    new ControlError(
      'EARLIER_RUN_LIVES',
      409,
      `Processes of an earlier run still hold ${folder} (pid ${pids.join(', ')}). Wait until they end, or end them.`,
    ),
  nothingRuns: (folder: string) =>
    new ControlError(
      'NOTHING_RUNS',
      503,
      `Nothing runs in ${folder}. Start it with \`millrace up\`, or name the project's folder with \`--project DIR\`.`,
    ),
  roleFailed: (role: string, reason: string) =>
    new ControlError('ROLE_FAILED', 500, `The ${role} could not start: ${reason}`),
  schemaRefused: (topicFile: string, schemaFile: string, reason: string) =>
    new ControlError(
      'SCHEMA_REFUSED',
      409,
      `${topicFile}: the schema ${schemaFile} cannot take the place of the one before: ${reason}`,
    ),
  configRefused: (topicFile: string, reason: string) =>
    new ControlError('CONFIG_REFUSED', 409, `${topicFile}: \`configs\`: ${reason}`),
  roleGone: (role: string) =>
    new ControlError('ROLE_GONE', 503, `The ${role} has just ended. Try again in a moment.`),
  unreachable: (what: string, url: string, reason: string) =>
    new ControlError(
      'UNREACHABLE',
      503,
      `The ${what} at ${url} does not answer (${reason}). Is \`millrace up\` still running?`,
    ),
  queryRefused: (reason: string) => new ControlError('QUERY_REFUSED', 400, reason),
  boardUnknown: (name: string) =>
    new ControlError('BOARD_UNKNOWN', 404, `There is no board \`${name}\` in the project.`),
  topicUnknown: (name: string, hint: string) =>
    new ControlError('TOPIC_UNKNOWN', 404, `There is no topic \`${name}\`. ${hint}`.trim()),
  tripsUnreadable: (file: string, reason: string) =>
    new ControlError('TRIPS_UNREADABLE', 400, `${file} cannot be replayed: ${reason}`),
  otherTrips: (folder: string, stored: string, wanted: string) =>
    new ControlError(
      'OTHER_TRIPS',
      409,
      `${folder} holds ${stored}, not ${wanted}. Start over with \`--fresh\`, or give another folder with \`--data DIR\`.`,
    ),
  sendRefused: (reason: string) =>
    new ControlError('SEND_REFUSED', 502, `The gateway did not store the events: ${reason}`),
  scriptMissing: (file: string) =>
    new ControlError('SCRIPT_MISSING', 404, `There is no script ${file}.`),
  scriptRefused: (text: string) => new ControlError('SCRIPT_REFUSED', 400, text),
  scriptEmpty: (file: string) =>
    new ControlError(
      'SCRIPT_EMPTY',
      400,
      `${file} asks for nothing. Write CREATE TABLE for what it reads and writes, and an INSERT.`,
    ),
  stateUnclaimed: (folder: string, sinks: readonly string[]) =>
    new ControlError(
      'STATE_UNCLAIMED',
      409,
      `${folder} holds the state of a job that writes ${sinks.join(', ')}, and the script has none. Begin without it with \`--allow-non-restored-state\`, or put the INSERT back.`,
    ),
  savepointMissing: (folder: string) =>
    new ControlError('SAVEPOINT_MISSING', 404, `There is no savepoint in ${folder}.`),
  brokerMissing: (table: string) =>
    new ControlError(
      'BROKER_MISSING',
      400,
      `The table ${table} does not say where its broker is. Add 'properties.bootstrap.servers' = 'HOST:PORT' to its options, name the broker with \`--bootstrap-server HOST:PORT\`, or start the project that the script lies in with \`millrace up\`.`,
    ),
  severalBrokers: (one: string, other: string) =>
    new ControlError(
      'SEVERAL_BROKERS',
      400,
      `One INSERT reads and writes topics of two clusters, ${one} and ${other}. A transaction is of one: name the same 'properties.bootstrap.servers' in its tables.`,
    ),
  registryMissing: (table: string) =>
    new ControlError(
      'REGISTRY_MISSING',
      400,
      `The table ${table} does not say where its schemas are. Add 'avro-confluent.url' = 'http://HOST:PORT' to its options, name the registry with \`--registry URL\`, or start the project that the script lies in with \`millrace up\`.`,
    ),
  severalRegistries: (one: string, other: string) =>
    new ControlError(
      'SEVERAL_REGISTRIES',
      400,
      `One INSERT names two schema registries, ${one} and ${other}. Name the same in all its tables.`,
    ),
  topicWithoutSchema: (name: string) =>
    new ControlError(
      'TOPIC_WITHOUT_SCHEMA',
      409,
      `The topic \`${name}\` has no schema to make up events by. Write \`schema\` into topics/${name}.yaml.`,
    ),
  becomesNothing: (name: string) =>
    new ControlError(
      'RAW_TOPIC_BECOMES_NOTHING',
      409,
      `The topic \`${name}\` is raw and says nothing of its events. Write into topics/${name}.yaml what it \`becomes\`, or send events of your own with \`millrace produce\`.`,
    ),
  nothingComesThrough: (raw: string, typed: string) =>
    new ControlError(
      'NOTHING_FITS',
      409,
      `No event could be made up for \`${raw}\` of which its mapping makes one that fits \`${typed}\`. See \`becomes\` in topics/${raw}.yaml: two fields that come from the same one, say, must take the same values.`,
    ),
  everythingFits: (topic: string, file: string) =>
    new ControlError(
      'EVERYTHING_FITS',
      409,
      `No event could be made up for \`${topic}\` that does not fit: schemas/${file} takes everything that was tried. Leave \`--invalid\` out.`,
    ),
  nothingFits: (topic: string, file: string, field: string, rule: string) => {
    const place = field === '' ? '' : ` of \`${field}\``
    return new ControlError(
      'NOTHING_FITS',
      409,
      `No event could be made up for \`${topic}\`: nothing was found that fits ${rule}${place} in schemas/${file}. Make the schema wider there, or send events of your own with \`millrace produce\`.`,
    )
  },
  againstUnknown: (against: string, reason: string) =>
    new ControlError(
      'AGAINST_UNKNOWN',
      404,
      `\`${against}\` is no folder, and no revision of git either (${reason}). Give one of the two, or a registry with \`--registry URL\`.`,
    ),
  nothingToHoldAgainst: (folder: string) =>
    new ControlError(
      'NOTHING_TO_HOLD_AGAINST',
      400,
      `Nothing runs in ${folder} whose registry could be asked. Start it with \`millrace up\`, name a registry with \`--registry URL\`, or a folder or a revision of git with \`--against\`.`,
    ),
  registryUnusable: (url: string, reason: string) =>
    new ControlError('REGISTRY_UNUSABLE', 503, `The registry at ${url} cannot be used: ${reason}`),
  schemaExists: (file: string) =>
    new ControlError('SCHEMA_EXISTS', 409, `${file} is there already. Give another name.`),
  schemasBreak: (count: number) =>
    new ControlError(
      'SCHEMAS_BREAK',
      409,
      `${count} ${count === 1 ? 'schema breaks' : 'schemas break'}, and nothing was published. See \`millrace schema check\`.`,
    ),
  typeDefinedTwice: (name: string) =>
    new ControlError(
      'TYPE_DEFINED_TWICE',
      409,
      `Two schemas define ${name}, each in its own way, and a Java class can be only one of them. Give one another name.`,
    ),
  noExceptions: (topic: string, hint: string) =>
    new ControlError('TOPIC_UNKNOWN', 404, `The topic \`${topic}\` has no exceptions. ${hint}`),
  exceptionUnknown: (id: string) =>
    new ControlError(
      'EXCEPTION_UNKNOWN',
      404,
      `There is no exception ${id} (any more). \`millrace exceptions --status all\` tells those that there are.`,
    ),
  exceptionTooFar: (id: string, topic: string, read: number) =>
    new ControlError(
      'EXCEPTION_TOO_FAR',
      409,
      `${read} records stand behind ${id}, and no more are read. \`millrace tail ${topic} --from earliest\` prints it.`,
    ),
  badParameter: (name: string, given: unknown, says: string) =>
    new ControlError(
      'BAD_PARAMETER',
      400,
      `\`${name}\` is \`${textOf(given)}\`; it must be ${says}.`,
    ),
  unknownParameter: (name: string, hint: string | undefined) =>
    new ControlError(
      'BAD_PARAMETER',
      400,
      `There is no parameter \`${name}\`. ${hint ?? ''}`.trim(),
    ),
  resendUncertain: (reason: string) =>
    new ControlError(
      'RESEND_UNCERTAIN',
      503,
      `Not all was sent again: ${reason} Send again: what was sent is not sent twice.`,
    ),
  projectBroken: (problems: string) => new ControlError('PROJECT_BROKEN', 409, problems),
  badOption: (reason: string) => new ControlError('BAD_OPTION', 400, reason),
}

function textOf(given: unknown): string {
  const text = typeof given === 'string' ? given : (JSON.stringify(given) ?? '')
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
