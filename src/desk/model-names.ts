/**
 * Is the model that was served the one that was asked for, by its name? Gateways add or leave out the vendor before it and
 * the date of the version after it, and write dots as dashes.
 */
export function isSameModel(asked: string, served: string): boolean {
  return plain(asked) === plain(served);
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/[-@](20\d{6}|20\d\d-\d\d-\d\d|latest)$/, '')
    .replaceAll('.', '-');
}
