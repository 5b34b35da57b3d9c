using System.Text;
using System.Text.RegularExpressions;

namespace Sweeps.ModelCore.Tasks;

/// <summary>
/// A text in which <c>$item</c> stands for a word that both prompts of a pair share, and <c>$&lt;for|while&gt;</c> for "for" in A and
/// "while" in B.
/// <c>${item}</c> is <c>$item</c> where a letter follows; <c>$$</c>, <c>$|</c> and <c>$&gt;</c> are those characters themselves.
/// So A and B can differ nowhere else than a template says.
/// </summary>
internal sealed partial class PromptTemplate
{
    private readonly List<Part> _parts = [];

    private enum Side
    {
        Both,
        A,
        B,
    }

    /// <summary>The slots, without their $, in the order of the text; one that stands twice comes twice.</summary>
    public IEnumerable<string> Slots => _parts.Where(part => part.IsSlot).Select(part => part.Text);

    public bool Differs => Fill(Side.A, slot => $"${slot}") != Fill(Side.B, slot => $"${slot}");

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">a $ that begins nothing known, or an alternative that is not whole</exception>
    public static PromptTemplate Parse(string text)
    {
        var template = new PromptTemplate();
        var (side, literal, at) = (Side.Both, new StringBuilder(), 0);
        for (; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '$' when at + 1 < text.Length && text[at + 1] is '$' or '|' or '>':
                    literal.Append(text[++at]);
                    break;
                case '$' when at + 1 < text.Length && text[at + 1] == '<':
                    if (side != Side.Both)
                        throw Wrong("an alternative inside an alternative: expected $<A|B> with neither side holding another");
                    Turn(Side.A);
                    at++;
                    break;
                case '$' when SlotName().Match(text, at + 1) is { Success: true } slot:
                    Turn(side);
                    template._parts.Add(new Part(slot.Groups["name"].Value, IsSlot: true, side));
                    at += slot.Length;
                    break;
                case '$':
                    throw Wrong("a $ that begins nothing: expected $word, $<A|B>, or $$ for the character itself");
                case '|' when side == Side.A:
                    Turn(Side.B);
                    break;
                case '|' when side == Side.B:
                    throw Wrong("a third side: expected $<A|B>, with $| for the character itself");
                case '>' when side == Side.B:
                    Turn(Side.Both);
                    break;
                default:
                    literal.Append(text[at]);
                    break;
            }
        }
        if (side != Side.Both) throw Wrong("an alternative that does not end: expected $<A|B>");
        Turn(Side.Both);
        return template;

        void Turn(Side next)
        {
            if (literal.Length > 0) template._parts.Add(new Part(literal.ToString(), IsSlot: false, side));
            literal.Clear();
            side = next;
        }

        FormatException Wrong(string what) => new(at == text.Length ? what : $"at character {at + 1} {what}");
    }

    public string A(Func<string, string> value) => Fill(Side.A, value);

    public string B(Func<string, string> value) => Fill(Side.B, value);

    private string Fill(Side side, Func<string, string> value) =>
        string.Concat(
            _parts.Where(part => part.Side == Side.Both || part.Side == side).Select(part => part.IsSlot ? value(part.Text) : part.Text));

    [GeneratedRegex(@"\G(?:(?<name>[A-Za-z]+[0-9]*)|\{(?<name>[A-Za-z]+[0-9]*)\})", RegexOptions.CultureInvariant)]
    private static partial Regex SlotName();

    private readonly record struct Part(string Text, bool IsSlot, Side Side);
}
