/** How a command line is run on a platform: the program and the arguments before the command. */
export interface Shell {
  readonly program: string
  readonly arguments: readonly string[]
  /** Windows: the command reaches the shell as it was typed, without being quoted once more. */
  readonly verbatim: boolean
}

/**
 * The platform's shell. `isFromTerminal` says that Pail itself was started in one, so that its environment is the
 * person's own; a macOS application is not, and without the person's login shell its PATH has neither npm nor a newer
 * python.
 */
export function shellOf(
  platform: NodeJS.Platform,
  environment: Readonly<NodeJS.ProcessEnv>,
  isFromTerminal: boolean,
): Shell {
  if (platform === 'win32')
    return {
      program: environment['ComSpec'] || environment['COMSPEC'] || 'cmd.exe',
      arguments: ['/d', '/s', '/c'],
      verbatim: true,
    }
  if (platform === 'darwin' && !isFromTerminal)
    return { program: environment['SHELL'] || '/bin/zsh', arguments: ['-l', '-c'], verbatim: false }
  return { program: '/bin/sh', arguments: ['-c'], verbatim: false }
}

/** Variables that are Pail's own affair or were taken from the environment for a reason (S8, S27). */
const withheld = /^(AWS_|PAIL_|ELECTRON_)|^NODE_TLS_REJECT_UNAUTHORIZED$/i

/** The environment of a command: the person's, without keys, redirections and what is Pail's. */
export function commandEnvironment(environment: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(environment)) if (!withheld.test(name)) kept[name] = value
  // Into a pipe Python writes in blocks of 8 KiB, and a person would see nothing for minutes.
  kept['PYTHONUNBUFFERED'] ??= '1'
  return kept
}
