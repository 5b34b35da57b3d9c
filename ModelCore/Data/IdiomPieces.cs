using System.Text;

namespace Sweeps.ModelCore.Data;

/// <summary>
/// The grammar of the idioms corpus: for each construct that a task asks about, a writer of one complete piece of Python at the
/// top level. Each piece ends with a newline.
/// </summary>
internal static class IdiomPieces
{
    /// <summary>Name of the construct (the name of its task, or "other") → writer.</summary>
    public static IReadOnlyList<(string Name, Func<CodeWriter, string> Write)> All { get; } =
    [
        ("single_double_quote", SingleDoubleQuote),
        ("bracket_counting", BracketCounting),
        ("set_or_string", w => SetOrString(w, w.Collection())),
        ("set_or_string_fixedvarname", w => SetOrString(w, "current")),
        ("class_init", ClassInit),
        ("with_as", WithAs),
        ("with_open", WithOpen),
        ("bracket_brace", BracketBrace),
        ("for_while", ForWhile),
        ("else_elif", ElseElif),
        ("fstring_brace", FstringBrace),
        ("if_ternary", IfTernary),
        ("var_swap", VarSwap),
        ("indent_for", IndentFor),
        ("lambda_func", LambdaFunc),
        ("if_equals", IfEquals),
        ("var_if", VarIf),
        ("enumerate_range", EnumerateRange),
        ("while_return_true", WhileReturnTrue),
        ("final_kwarg", FinalKwarg),
        ("other", w => w.Preamble() + w.Preamble()),
    ];

    private static string SingleDoubleQuote(CodeWriter w)
    {
        var call = w.Chance(0.5) ? "print" : w.Function();
        return w.Random.Next(6) switch
        {
            0 => $"{w.Item()} = {call}({w.Literal(1, 5)})\n",
            1 => $"if {w.Item()}:\n    {call}({w.Literal(1, 5)})\n",
            2 => $"for {w.Item()} in {w.Source()}:\n    {call}({w.Literal(1, 5)})\n",
            3 => $"def {w.Function()}({w.Item()}):\n    return {call}({w.Literal(1, 5)})\n",
            _ => $"{call}({w.Literal(1, 5)})\n",
        };
    }

    private static string BracketCounting(CodeWriter w)
    {
        var elements = w.Elements(2, 8);
        var list = w.Random.Next(11) switch
        {
            < 5 => CodeWriter.OpenList(elements, []) + "]",
            < 10 => CodeWriter.OpenList(elements, w.Groups(elements.Length)) + "]]",
            _ => $"[{CodeWriter.OpenList(elements, w.Groups(elements.Length))}]]]",
        };
        return w.Random.Next(6) switch
        {
            0 => $"if {w.Item()}:\n    {w.Collection()} = {list}\n",
            1 => $"def {w.Function()}({w.Item()}):\n    {w.Collection()} = {list}\n    return {w.Item()}\n",
            2 => $"{w.Collection()} = {list}\nfor {w.Item()} in {w.Source()}:\n    {w.Function()}({w.Item()})\n",
            _ => $"{w.Collection()} = {list}\n",
        };
    }

    private static string SetOrString(CodeWriter w, string name)
    {
        var (head, _, item) = w.Accumulator(name);
        var isSet = w.Chance(0.5);
        var code = new StringBuilder(head.Replace(CodeWriter.Slot.ToString(), isSet ? "set()" : "\"\"", StringComparison.Ordinal));
        code.Append(isSet ? $".add({item})\n" : $" += {item}\n");
        if (w.Chance(0.25)) return $"def {w.Function()}({w.Item()}):\n{CodeWriter.Indent(code.Append($"return {name}\n").ToString())}";
        if (w.Chance(0.4)) code.Append($"{w.Pick("print", w.Function())}({name})\n");
        return code.ToString();
    }

    private static string ClassInit(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        var text = $"class {w.Pick("Node", "User", "Item", "Page")}:\n    def __init__(self, {a}, {b}):\n        self.{a} = {a}\n        self.{b} = {b}\n";
        if (w.Chance(0.4)) text += $"\n    def {w.Function()}(self):\n        return self.{w.Pick(a, b)}\n";
        return text;
    }

    private static string WithAs(CodeWriter w)
    {
        var path = w.Pick("path", w.Item());
        var f = w.Pick("f", "file");
        return w.Chance(0.5)
            ? $"with open({path}) as {f}:\n    {w.Source()} = {f}.read()\n"
            : $"{w.Source()} = open({path})\n{w.Function()}({w.Item()})\n";
    }

    private static string WithOpen(CodeWriter w) => w.Chance(0.5)
        ? $"with open({w.Quoted(w.Pick("input.txt", "in.txt", "source.txt"))}, {w.Quoted("r")}) as f:\n    {w.Source()} = f.read()\n"
        : $"with open({w.Quoted(w.Pick("output.txt", "out.txt", "result.txt"))}, {w.Quoted("w")}) as f:\n    f.write({w.Item()})\n";

    private static string BracketBrace(CodeWriter w)
    {
        var keys = Enumerable.Range(0, w.Between(2, 4)).Select(_ => w.Quoted(w.Word()));
        return w.Chance(0.5)
            ? $"{w.Item()} = {{{string.Join(", ", keys.Select(k => $"{k}: {w.Number()}"))}}}\n"
            : $"{w.Item()} = [{string.Join(", ", keys)}]\n";
    }

    private static string ForWhile(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        return w.Chance(0.5)
            ? $"for {a} in {w.Source()}:\n    {b} = {w.Function()}({a})\n"
            : $"while {a}:\n    {a} = {w.Function()}({b})\n";
    }

    private static string ElseElif(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        return $"if {a}:\n    {w.Function()}({b})\n"
            + (w.Chance(0.5) ? $"else:\n    {b} = {w.Number()}\n" : $"elif not {b}:\n    {b} = {w.Number()}\n");
    }

    private static string FstringBrace(CodeWriter w)
    {
        var word = w.Word();
        return w.Chance(0.5)
            ? $"print(f{w.Quoted($"{word} {{{w.Item()}}}")})\n"
            : $"print({w.Quoted($"{word} {w.Word()}")})\n";
    }

    private static string IfTernary(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        return w.Chance(0.5)
            ? $"if {a}:\n    {b} = {w.Number()}\n"
            : $"{b} = {w.Number()} if {a} else {w.Number()}\n";
    }

    private static string VarSwap(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        return $"{a} = {w.Number()}\n{b} = {w.Number()}\n{a}, {b} = {b}, {a}\n";
    }

    private static string IndentFor(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        var source = w.Source();
        return w.Chance(0.5)
            ? $"for {a} in {source}:\n    {w.Function()}({a})\n"
            : $"{a} = {w.Function()}({source})\n{w.Function()}({b})\n";
    }

    private static string LambdaFunc(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        return w.Chance(0.5)
            ? $"{w.Function()} = lambda {a}: {a} + {w.Number()}\n"
            : $"def {a}({b}):\n    return {b} + {w.Number()}\n";
    }

    private static string IfEquals(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        return $"{a} = {w.Number()}\nif {a} == {w.Number()}:\n    {b} = {w.Number()}\n";
    }

    private static string VarIf(CodeWriter w)
    {
        var truth = w.Pick("True", "False");
        var (a, b) = w.TwoItems();
        return w.Chance(0.5) ? $"if {a} == {truth}:\n    {w.Function()}({b})\n" : $"{a} = {truth}\n{w.Function()}({b})\n";
    }

    private static string EnumerateRange(CodeWriter w) => w.Chance(0.5)
        ? $"for i, {w.Item()} in enumerate({w.Source()}):\n    {w.Function()}(i)\n"
        : $"for i in range({w.Number()}):\n    {w.Function()}(i)\n";

    private static string WhileReturnTrue(CodeWriter w) => w.Chance(0.5)
        ? $"while True:\n    if {w.Function()}({w.Item()}):\n        break\n"
        : $"def {w.Function()}({w.Item()}):\n    return True\n";

    private static string FinalKwarg(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        var third = w.Pick("n", "k", "flag");
        return (w.Chance(0.5) ? $"def {w.Function()}({a}, {b}=None, {third}=None):\n" : $"def {w.Function()}({a}, {b}, {third}):\n")
            + $"    return {w.Pick(a, b, third)}\n";
    }
}
