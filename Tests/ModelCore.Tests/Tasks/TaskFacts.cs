using Sweeps.ModelCore.Tasks;

namespace Sweeps.ModelCore.Tests.Tasks;

/// <summary>
/// What is true of each task beside its generator: how a right completion goes on, what a wrong one does to Python, and where A and B may
/// differ.
/// </summary>
/// <param name="EndA">makes prompt A with its right completion a whole program</param>
/// <param name="EndB">the same for B</param>
/// <param name="OnlyA">the signs and keywords of which prompt A may have more than B</param>
/// <param name="OnlyB">of which B may have more than A</param>
/// <param name="RefusedA">whether no program begins with prompt A and the wrong completion</param>
/// <param name="RefusedB">whether none begins with prompt B and the wrong completion</param>
internal sealed record TaskFacts(string EndA, string EndB, string OnlyA, string OnlyB, bool RefusedA, bool RefusedB)
{
    private const string Pass = "    pass\n";

    public static IReadOnlyDictionary<string, TaskFacts> All { get; } = new Dictionary<string, TaskFacts>
    {
        ["single_double_quote"] = new("\n", "\n", "\"", "'", true, true),
        ["bracket_counting"] = new("", "", "[ ]", "", true, true),
        ["set_or_string"] = new("(x)\n", " x\n", "set ( )", "\"", false, false),
        ["set_or_string_fixedvarname"] = new("(x)\n", " x\n", "set ( )", "\"", false, false),
        ["class_init"] = new("\n", "\n", "", "", false, false),
        ["with_as"] = new($" f:\n{Pass}", "", "with", "", true, true),
        ["with_open"] = new($"\") as f:\n{Pass}", $"\") as f:\n{Pass}", "input source", "output target", false, false),
        ["bracket_brace"] = new(" 1}\n", " 1]\n", "{ :", "[ ,", true, true),
        ["for_while"] = new($" x:\n{Pass}", Pass, "for", "while", true, false),
        ["else_elif"] = new(Pass, $" x:\n{Pass}", "else", "elif", true, true),
        ["fstring_brace"] = new("x}\")\n", "\")\n", "f", "", false, false),
        ["if_ternary"] = new(Pass, " 1\n", "\n", "", true, true),
        ["var_swap"] = new("\n", "\n", "", "", false, false),
        ["indent_for"] = new("(x)\n", "(x)\n", "for in :", "=", true, true),
        ["lambda_func"] = new(" x\n", Pass, "lambda", "def", true, true),
        ["if_equals"] = new($" 1:\n{Pass}", " 1\n", "if", "", true, false),
        ["var_if"] = new(Pass, "", "if ==", "=", true, true),
        ["enumerate_range"] = new($"(x):\n{Pass}", $"(x):\n{Pass}", ",", "=", false, false),
        ["while_return_true"] = new($"    {Pass}", "", "while", "return", true, true),
        ["final_kwarg"] = new($"):\n{Pass}", Pass, "= None", "", true, false),
    };

    /// <summary>The programs that begin with the pair's prompts and their right completions.</summary>
    public string[] Right(TaskPair pair) => [pair.PromptA + pair.CompletionA + EndA, pair.PromptB + pair.CompletionB + EndB];

    /// <summary>What would be programs if the wrong completion were allowed.</summary>
    public IEnumerable<string> Wrong(TaskPair pair) =>
        from side in (bool[])[true, false]
        where side ? RefusedA : RefusedB
        from end in (string[])[EndA, EndB]
        select (side ? pair.PromptA + pair.CompletionB : pair.PromptB + pair.CompletionA) + end;
}
