using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Interpretability;

/// <summary>
/// The context vector of every token of a text, field by field: small whole numbers from 0 on. Made once, and the same for all features.
/// </summary>
internal sealed class ContextTable
{
    private const int ScannedAtOnce = 4096;

    private readonly int[][] _columns;

    private ContextTable(int[][] columns, int[] sizes, int window, Tokenizer tokenizer)
    {
        (_columns, Sizes, Window, Tokenizer) = (columns, sizes, window, tokenizer);
    }

    public int Length => _columns[0].Length;

    /// <summary>Tokens of a window: what stands before it, the model has not seen.</summary>
    public int Window { get; }

    /// <summary>How many values each field can have, in the order of <see cref="ContextFields.All"/>.</summary>
    public IReadOnlyList<int> Sizes { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>The values of a field, token by token.</summary>
    public ReadOnlySpan<int> Column(int field) => _columns[field];

    /// <summary>
    /// The table of windows of a corpus, side by side. Tokens before a window's start count as none in its token fields; the syntax is that
    /// of the whole document, which a window may begin in the middle of.
    /// </summary>
    /// <param name="read">copies the tokens of the corpus from an offset on</param>
    /// <param name="starts">where the windows begin, ascending and without overlap</param>
    /// <param name="window">tokens of a window</param>
    /// <param name="tokenizer">the ids' text</param>
    public static ContextTable Of(TokenReader read, IReadOnlyList<long> starts, int window, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(window);
        var fields = ContextFields.All.Count;
        var columns = new int[fields][];
        for (var field = 0; field < fields; field++) columns[field] = new int[starts.Count * window];
        var scanner = new PythonScanner();
        scanner.Begin();
        var (scanned, tokens) = (0L, new int[window]);
        foreach (var (number, start) in starts.Index())
        {
            ScanTo(start, scanned, read, scanner, tokenizer);
            read(start, tokens);
            for (var i = 0; i < window; i++)
            {
                var at = (number * window) + i;
                Scan(tokens[i], scanner, tokenizer);
                for (var back = 0; back < ContextFields.Tokens; back++)
                    columns[back][at] = i >= back ? tokens[i - back] + 1 : 0;
                for (var field = 0; field < ContextFields.OfSyntax.Count; field++)
                    columns[ContextFields.Tokens + field][at] = ContextFields.OfSyntax[field].Read(scanner);
            }
            scanned = start + window;
        }
        return new ContextTable(columns, [.. columns.Select(column => Size(column))], window, tokenizer);
    }

    /// <summary>The same of a text of whole windows that follow one another.</summary>
    public static ContextTable Of(int[] tokens, int window, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return Of(
            (offset, into) => tokens.AsSpan((int)offset, into.Length).CopyTo(into),
            [.. Enumerable.Range(0, tokens.Length / window).Select(i => (long)i * window)], window, tokenizer);
    }

    public string Shown(int id) => Tokenizer.Display(id);

    // From the last border between documents that is nearer than what was scanned before.
    private static void ScanTo(long start, long scanned, TokenReader read, PythonScanner scanner, Tokenizer tokenizer)
    {
        var buffer = new int[(int)Math.Min(ScannedAtOnce, start - scanned)];
        var from = start;
        while (from > scanned)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, from - scanned));
            from -= part.Length;
            read(from, part);
            if (part.LastIndexOf(tokenizer.EndOfText) is not (>= 0 and var border)) continue;
            from += border;
            break;
        }
        while (from < start)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, start - from));
            read(from, part);
            foreach (var token in part) Scan(token, scanner, tokenizer);
            from += part.Length;
        }
    }

    private static void Scan(int token, PythonScanner scanner, Tokenizer tokenizer)
    {
        if (token == tokenizer.EndOfText) scanner.Begin();
        else scanner.Read(tokenizer.Bytes(token).Span);
    }

    private static int Size(int[] column) => column.Length == 0 ? 1 : column.Max() + 1;
}
