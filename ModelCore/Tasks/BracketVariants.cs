using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>
/// bracket_counting for circuits that average over the prompt how many brackets are open [G 3.2.2, fig. 8]. Distractors: a string in the
/// line before the list has brackets that
/// open nothing; level 0 is the same line without them. Dilution: one list, or one list in a list, of ever more elements, so that a bracket
/// is ever less of the prompt.
/// </summary>
internal static class BracketVariants
{
    private const int MaxDistractors = 4;

    // The task's own prompts have 3 to 8 elements.
    private static readonly int[] _lengths = [4, 8, 12, 16, 24, 32];

    public static IReadOnlyList<TaskVariant> All { get; } =
    [
        .. Enumerable.Range(0, MaxDistractors + 1).Select(Distractor),
        .. _lengths.Select(Dilution),
    ];

    private static TaskVariant Distractor(int brackets) => Variant("distractor", brackets, w =>
    {
        var (call, name, words) = (w.Function(), w.Collection(), Enumerable.Range(0, MaxDistractors + 1).Select(_ => w.Word()).ToList());
        var misleading = string.Concat(words.Select((word, i) => i == 0 ? word : i <= brackets ? $" [ {word}" : $" {word}"));
        var elements = w.Elements(3, 8);
        return ($"{call}({w.Quoted(misleading)})\n{name} = ", elements, w.Groups(elements.Length));
    });

    private static TaskVariant Dilution(int length) =>
        Variant("dilution", length, w => ($"{w.Collection()} = ", w.Elements(length, length), [length]));

    private static TaskVariant Variant(string kind, int level, Func<CodeWriter, (string Before, string[] Elements, int[] Groups)> write) =>
        new(kind, level, new TaskDefinition("bracket_counting", "close as many lists as are open", "]]\n", "]\n", (w, _) =>
        {
            var (before, elements, groups) = write(w);
            return new TaskPair(before + CodeWriter.OpenList(elements, groups), before + CodeWriter.OpenList(elements, []), "]]\n", "]\n");
        }));
}
