namespace Sweeps.ModelCore.Tasks;

/// <summary>
/// The built-in tasks that can be written as templates, in the order of [G table 1]. A completion begins where the tokenizer begins a
/// token:
/// with the space before a word, with the quote or bracket that it joins to what follows, with ":⏎" where ":" ends a line.
/// </summary>
/// <remarks>
/// What one side of a pair names and the other need not is named by both: where B assigns in the line that is asked about, A assigns in the
/// line before it, so that words and their number are the same. Every test prompt holds a combination of <c>HeldOut</c>.
/// </remarks>
internal static class BuiltInTemplates
{
    /// <summary>The first task of the table.</summary>
    public static TaskDefinition Quotes { get; } = Task("single_double_quote", "close with the quote that opened", "\")", "')",
        "$context$call($<\"|'>$phrase",
        "$context$item = $call($<\"|'>$phrase",
        "${context}if $item:\n    $call($<\"|'>$phrase",
        "${context}for $item in $source:\n    $call($<\"|'>$phrase");

    /// <summary>Those after the bracket and the set tasks.</summary>
    public static IReadOnlyList<TaskDefinition> Others { get; } =
    [
        Task("class_init", "copy the attribute's name", " $item", " $item2",
        "${lines}class Node:\n    def __init__(self, $item, $item2):\n        self.$<$item|$item2> =",
        "${lines}class User:\n    def __init__(self, $item2, $item):\n        self.$<$item|$item2> =",
        "${lines}class Page:\n    def __init__(self, $item, $item2, $item3):\n        self.$<$item|$item2> =",
        "${lines}class Item:\n    def __init__(self, $item3, $item2, $item):\n        self.$item3 = $item3\n        "
            + "self.$<$item|$item2> ="),
        Task("with_as", "context manager or assignment", ") as", ")\n",
            "$lines$<$source = |>$function($item)\n$<with|$source => open($item2",
            "$lines$<$source = |>$function($item, $number)\n$<with|$source => open($item2"),
        Task("with_open", "read or write, by the file's name", "r", "w",
            "${lines}with open(\"$<input|output>_$source.txt\", \"",
            "${lines}with open(\"$<source|target>_$source.txt\", \""),
        Task("bracket_brace", "inside a dict or a list", "\":", "\",",
            "$lines$item = $<{|[>\"$text\"$<:|,> $number, \"$text2",
            "$lines$item = $<{|[>\"$text\"$<:|,> $number, \"$text2\"$<:|,> $number2, \"$text3"),
        Task("for_while", "loop keyword", " in", ":\n",
            "$lines$<for|while> $item",
            "${lines}if $item2:\n    $function($item2)\n$<for|while> $item"),
        Task("else_elif", "branch keyword", ":\n", " not",
            "${lines}if $item:\n    $function($item2)\n$<else|elif>",
            "${lines}if $item:\n    $function($item2)\n    $item2 = $number\n$<else|elif>"),
        Task("fstring_brace", "f-string or plain", " {", " $text",
            "$lines$call($<f|>\"$phrase",
            "$lines$item = $call($<f|>\"$phrase"),
        Task("if_ternary", "statement or ternary", ":\n", " else",
            "$lines$item = $number$<\n| >if $item2",
            "$lines$item = $item3$<\n| >if $item2"),
        Task("var_swap", "finish the swap", " $item", " $item2",
            "$lines$item = $number\n$item2 = $number2\n$<$item, $item2 = $item2|$item2, $item = $item>,",
            "$lines$item2 = $number\n$item = $number2\n$<$item, $item2 = $item2|$item2, $item = $item>,"),
        Task("indent_for", "indentation after a header", "    print", "print",
            "$lines$<for $item in|$item => $function($source)$<:|>\n"),
        Task("lambda_func", "lambda or function", ":", "():\n",
            "$lines$<|$function2 = >$function($item2)\n$<$function2 = lambda|def> $item",
            "$lines$<|$function2 = >$function($item2, $number)\n$<$function2 = lambda|def> $item"),
        Task("if_equals", "condition or assignment", " ==", " =",
            "$lines$<if |>$item"),
        Task("var_if", "condition or assignment, at the end", ":\n", "\n",
            "$lines$<if $item ==|$item => True",
            "$lines$<if $item ==|$item => False"),
        Task("enumerate_range", "one or two loop variables", " enumerate", " range",
            "$lines$<|$item = >$function($number)\nfor i$<, $item|> in",
            "$lines$<|$item = >$function($item2, $number)\nfor i$<, $item|> in"),
        Task("while_return_true", "colon or newline", ":\n", "\n",
            "${lines}def $function($item):\n    $<while|return> True",
            "${lines}def $function($item):\n    $function2($item)\n    $<while|return> True"),
        Task("final_kwarg", "earlier parameters have defaults", "=None", "):\n",
            "${lines}def $function($item, $item2$<=None|>, $item3",
            "${lines}def $function($item, $item2$<=None|>, $item3$<=None|>, $item4"),
    ];

    private static TaskDefinition Task(string name, string rule, string completionA, string completionB, params string[] prompts) =>
        new TaskTemplate { Rule = rule, Prompts = prompts, CompletionA = completionA, CompletionB = completionB }.Define(name);
}
