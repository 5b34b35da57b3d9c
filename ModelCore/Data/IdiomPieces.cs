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
        ("set_or_string_fixedvarname", w => SetOrString(w, WordPool.FixedName)),
        ("class_init", AfterLines(ClassInit)),
        ("with_as", AfterLines(WithAs)),
        ("with_open", AfterLines(WithOpen)),
        ("bracket_brace", AfterLines(BracketBrace)),
        ("for_while", AfterLines(ForWhile)),
        ("else_elif", AfterLines(ElseElif)),
        ("fstring_brace", AfterLines(FstringBrace)),
        ("if_ternary", AfterLines(IfTernary)),
        ("var_swap", AfterLines(VarSwap)),
        ("indent_for", AfterLines(IndentFor)),
        ("lambda_func", AfterLines(LambdaFunc)),
        ("if_equals", AfterLines(IfEquals)),
        ("var_if", AfterLines(VarIf)),
        ("enumerate_range", AfterLines(EnumerateRange)),
        ("while_return_true", AfterLines(WhileReturnTrue)),
        ("final_kwarg", AfterLines(FinalKwarg)),
        ("other", w => w.Preamble() + w.Preamble()),
    ];

    // What is asked about may be the first line of a document, or come after others.
    private static Func<CodeWriter, string> AfterLines(Func<CodeWriter, string> write) =>
        w => (w.Chance(0.5) ? w.Lines(1, 3) : "") + write(w);

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
        var parameters = w.Items(w.Between(2, 3));
        var assigned = parameters.ToArray();
        w.Random.Shuffle<string>(assigned);
        var text = $"class {w.Pick("Node", "User", "Item", "Page")}:\n    def __init__(self, {string.Join(", ", parameters)}):\n"
            + string.Concat(assigned.Select(name => $"        self.{name} = {name}\n"));
        if (w.Chance(0.4)) text += $"\n    def {w.Function()}(self):\n        return self.{w.Pick(parameters)}\n";
        return text;
    }

    private static string WithAs(CodeWriter w)
    {
        var path = w.Pick("path", w.Item(), w.Item());
        var f = w.Pick("f", "file");
        return w.Chance(0.5)
            ? $"with open({path}) as {f}:\n    {w.Source()} = {f}.read()\n"
            : $"{w.Source()} = open({path})\n{w.Function()}({w.Item()})\n";
    }

    private static string WithOpen(CodeWriter w)
    {
        var read = w.Chance(0.5);
        var name = read ? w.Pick("input", "source") : w.Pick("output", "target");
        if (w.Chance(0.8)) name += $"_{w.Source()}";
        return $"with open({w.Quoted($"{name}.txt")}, {w.Quoted(read ? "r" : "w")}) as f:\n"
            + (read ? $"    {w.Source()} = f.read()\n" : $"    f.write({w.Item()})\n");
    }

    private static string BracketBrace(CodeWriter w)
    {
        var keys = Enumerable.Range(0, w.Between(2, 4)).Select(_ => w.Quoted(w.Word())).ToList();
        return w.Random.Next(4) switch
        {
            0 => $"{w.Item()} = [{string.Join(", ", keys)}]\n",
            1 => $"{w.Item()} = [{string.Join(", ", keys.Select(k => $"{k}, {w.Number()}"))}]\n",
            _ => $"{w.Item()} = {{{string.Join(", ", keys.Select(k => $"{k}: {w.Number()}"))}}}\n",
        };
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
            + (w.Chance(0.3) ? $"    {b} = {w.Number()}\n" : "")
            + (w.Chance(0.5) ? $"else:\n    {b} = {w.Number()}\n" : $"elif not {b}:\n    {b} = {w.Number()}\n");
    }

    private static string FstringBrace(CodeWriter w)
    {
        var call = w.Pick("print", w.Function());
        var text = w.Chance(0.5) ? $"f{w.Quoted($"{w.Phrase(1, 5)} {{{w.Item()}}}")}" : w.Literal(2, 6);
        return (w.Chance(0.25) ? $"{w.Item()} = " : "") + $"{call}({text})\n";
    }

    private static string IfTernary(CodeWriter w)
    {
        var items = w.Items(3);
        var value = w.Chance(0.5) ? w.Number() : items[2];
        return w.Chance(0.5)
            ? $"{items[0]} = {value}\nif {items[1]}:\n    {items[0]} = {w.Number()}\n"
            : $"{items[0]} = {value} if {items[1]} else {w.Number()}\n";
    }

    private static string VarSwap(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        var (first, second) = w.Chance(0.5) ? (a, b) : (b, a);
        return $"{first} = {w.Number()}\n{second} = {w.Number()}\n{a}, {b} = {b}, {a}\n";
    }

    private static string IndentFor(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        var (source, next) = (w.Source(), w.Pick("print", w.Function()));
        return w.Random.Next(4) switch
        {
            0 => $"for {a} in {source}:\n    {next}({a})\n",
            1 => $"for {a} in {w.Function()}({source}):\n    {next}({a})\n",
            _ => $"{a} = {w.Function()}({source})\n{next}({b})\n",
        };
    }

    private static string LambdaFunc(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        return w.Random.Next(4) switch
        {
            0 => $"def {a}({b}):\n    return {b} + {w.Number()}\n",
            1 => $"{w.Function()} = {w.Function()}({b})\ndef {a}():\n    return {w.Number()}\n",
            _ => $"{w.Function()} = lambda {a}: {a} + {w.Number()}\n",
        };
    }

    private static string IfEquals(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        return (w.Chance(0.5) ? $"{a} = {w.Number()}\n" : "") + $"if {a} == {w.Number()}:\n    {b} = {w.Number()}\n";
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

    private static string WhileReturnTrue(CodeWriter w)
    {
        var (a, b) = w.TwoItems();
        var body = (w.Chance(0.4) ? $"{w.Function()}({a})\n" : "")
            + (w.Chance(0.5) ? $"while True:\n    if {w.Function()}({b}):\n        break\n" : "return True\n");
        return $"def {w.Function()}({a}):\n{CodeWriter.Indent(body)}";
    }

    private static string FinalKwarg(CodeWriter w)
    {
        var names = w.Items(w.Between(3, 4));
        var defaults = w.Chance(0.5) ? "=None" : "";
        return $"def {w.Function()}({names[0]}{string.Concat(names.Skip(1).Select(name => $", {name}{defaults}"))}):\n    return "
            + $"{w.Pick(names)}\n";
    }
}
