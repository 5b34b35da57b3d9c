namespace Sweeps.ModelCore.Data;

/// <summary>
/// Writes the documents of the idioms corpus. Document i is a pure function of the seed, the options and i; each is valid Python of
/// one to three pieces, and none contains a test prompt of a task.
/// </summary>
/// <remarks>
/// A document shows each construct at most once and keeps to one kind of quotes, as people do: so the quote that
/// opened, the depth of the list or the type of the variable can be told from the document alone.
/// </remarks>
internal sealed class IdiomGenerator(IdiomsOptions options, ulong seed)
{
    /// <summary>The text of document <paramref name="index"/>.</summary>
    public string Document(long index)
    {
        var random = new KeyedRandom(seed, "idioms", index.ToString(System.Globalization.CultureInfo.InvariantCulture));
        while (true)
        {
            var text = Draft(random);
            if (!HeldOut.Matches(text)) return text;
        }
    }

    private string Draft(KeyedRandom random)
    {
        var writer = new CodeWriter(random, WordPool.All, random.Next(2) == 0 ? '"' : '\'');
        var pieces = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        for (var count = 1 + random.Next(3); count > 0; count--)
        {
            var (name, write) = Construct(random);
            // The two set_or_string constructs in one document would show both types.
            if (used.Add(name.StartsWith("set_or_string", StringComparison.Ordinal) ? "set_or_string" : name)) pieces.Add(write(writer));
        }
        var text = string.Concat(pieces);
        // Half of the documents end without a newline, so that closing brackets are seen with and without one.
        return random.Next(2) == 0 ? text : text.TrimEnd('\n');
    }

    private (string Name, Func<CodeWriter, string> Write) Construct(KeyedRandom random)
    {
        if (options.Focus.Count > 0 && random.NextDouble() < options.FocusShare)
        {
            var name = random.Choose(options.Focus);
            return IdiomPieces.All.First(p => p.Name == name);
        }
        return random.Choose(IdiomPieces.All);
    }
}
