/** The colours of a drawing. */
export interface Theme {
  background: string;
  text: string;
  dim: string;
  rule: string;
  node: string;
  effect: string;
  positive: string;
  negative: string;
  accent: string;
}

const variables: Record<keyof Theme, string> = {
  background: '--bg',
  text: '--fg',
  dim: '--dim',
  rule: '--rule',
  node: '--node',
  effect: '--effect',
  positive: '--positive',
  negative: '--negative',
  accent: '--accent',
};

/** The colours that the style sheet has for an element now. */
export function themeOf(element: Element): Theme {
  const style = getComputedStyle(element);
  const entries = Object.entries(variables).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()]);
  return Object.fromEntries(entries) as Theme;
}
