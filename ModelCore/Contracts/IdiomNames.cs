namespace Sweeps.Contracts;

/// <summary>The constructs that generated documents are made of; most are those of a task of the same name.</summary>
internal static class IdiomNames
{
    /// <summary>All of them, in the order in which they are drawn.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "single_double_quote",
        "bracket_counting",
        "set_or_string",
        "set_or_string_fixedvarname",
        "class_init",
        "with_as",
        "with_open",
        "bracket_brace",
        "for_while",
        "else_elif",
        "fstring_brace",
        "if_ternary",
        "var_swap",
        "indent_for",
        "lambda_func",
        "if_equals",
        "var_if",
        "enumerate_range",
        "while_return_true",
        "final_kwarg",
        "other",
    ];
}
