import { FilterError, InvalidArgumentError, type VirdeliverError } from '../index';

/** What the library calls by the options of its functions, and how one says it on the command line. */
const WORDS: readonly (readonly [library: RegExp, command: string])[] = [
  [/is not given in 'variables'/, 'is not given by --variable'],
  [/is not declared in 'namespaces'/, 'is not declared by --namespace'],
  [/did you mean \['(.*?)'\]\?/, 'did you mean --type $1?'],
  [/open the connection with \{ readOnly: true \}/, 'give --read-only'],
  [
    /or open the connection with \{ reconnect: 'from-start' \}, which waits for it/,
    'or give --wait, which waits for it',
  ],
  [/give the option credentials, or a file of them by/, 'give a file of credentials by'],
  [/give the option credentials, or libvirt's auth\.conf/, "put it into libvirt's auth.conf"],
  [/^conn is to /, 'the connection is to '],
  [/; the option lockWaitMs waits for it to end/, ''],
  [/each type is named by itself/, 'give the option again for each type'],
  [/write the expression (".*?")/, 'give --filter $1'],
];

/** The library's options that the command line calls otherwise. */
const OPTION_NAMES: { readonly [name: string]: string } = {
  readOnly: 'read-only',
  reconnect: 'no-reconnect',
  replaySpeed: 'speed',
  variables: 'variable',
  namespaces: 'namespace',
};

/** What went wrong, in the words of the command line. */
export function problemOf(error: VirdeliverError): string {
  if (error instanceof FilterError) {
    return filterProblem(error);
  }
  const [, option, rest] =
    /^options\.([A-Za-z]+)\.?(.*)$/s.exec(error instanceof InvalidArgumentError ? error.message : '') ?? [];
  return option === undefined ? inOwnWords(error.message) : `--${OPTION_NAMES[option] ?? option} ${rest?.trim()}`;
}

/** The same of a filter: the excerpt that shows the place is left as it is. */
export function filterProblem({ message, problem }: FilterError): string {
  return message.replace(problem, () => inOwnWords(problem));
}

/** Whether it's an option that is wrong, so that it is wrong usage. */
export function isAboutOption(error: unknown): boolean {
  return error instanceof InvalidArgumentError && error.argument.startsWith('options.');
}

/** What the library says, in the words of the command line. */
export function inOwnWords(text: string): string {
  return WORDS.reduce((words, [library, command]) => words.replace(library, command), text);
}
