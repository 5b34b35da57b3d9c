using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>
/// The tasks whose prompts have too much structure for templates; written with the fragments that the idioms corpus is made of.
/// </summary>
internal static class TaskWriters
{
    /// <summary>The same elements in a list, and in a list of lists that is still open in both.</summary>
    public static TaskDefinition BracketCounting { get; } = new(
        "bracket_counting", "close as many lists as are open", "]]\n", "]\n", (w, _) =>
    {
        var elements = w.Elements(3, 8);
        var context = w.Context() + (w.Chance(0.2) ? $"if {w.Item()}:\n    " : "") + w.Collection() + " = ";
        var nested = CodeWriter.OpenList(elements, w.Groups(elements.Length));
        return new TaskPair(context + nested, context + CodeWriter.OpenList(elements, []), "]]\n", "]\n");
    })
    { Variants = BracketVariants.All };

    /// <summary>A variable that is initialised, then a loop that ends where the variable takes one more item.</summary>
    public static TaskDefinition SetOrString(string name, Func<CodeWriter, string> variable) =>
        new(name, "add to a set, append to a string", ".add", " +=", (w, _) =>
    {
        var (head, _, _) = w.Accumulator(variable(w));
        if (w.Chance(0.2)) head = $"def {w.Function()}({w.Item()}):\n{CodeWriter.Indent(head)}";
        var text = w.Context() + head;
        return new TaskPair(Fill(text, "set()"), Fill(text, "\"\""), ".add", " +=");
    });

    private static string Fill(string text, string value) => text.Replace(CodeWriter.Slot.ToString(), value, StringComparison.Ordinal);
}
