// Commands, given as people give them: a button, and the same button once more in the dialog.

/** Presses a button and confirms; the token is typed where it is asked for. */
export async function give(page, label, token, { within = page.getByRole('group', { name: 'commands' }), isFinal = false } = {}) {
  await within.getByRole('button', { name: label, exact: true }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: label, exact: true }).waitFor();
  if ((await dialog.getByText('This cannot be undone.').count()) !== (isFinal ? 1 : 0)) throw new Error(`${label}: can it be undone?`);
  const field = dialog.getByLabel('Token of the server');
  if (token !== undefined && (await field.count()) > 0) await field.fill(token);
  await dialog.getByRole('button', { name: label, exact: true }).click();
  return dialog;
}
