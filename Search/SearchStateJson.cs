using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.Search;

/// <summary>A search state as JSON and back: equal states, exact doubles, ±∞ bounds included.</summary>
public static class SearchStateJson
{
    /// <summary>The version of the format that is written, and the only one that is read.</summary>
    public const int Format = 1;

    private static readonly JsonSerializerOptions _options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The state as one line of JSON; equal states give equal text.</summary>
    public static string Write(SearchState state) => JsonSerializer.Serialize(new Document(Format, state), _options);

    /// <summary>The state that <paramref name="json"/> holds, checked as if it had been built step by step.</summary>
    /// <exception cref="SearchException">the text is no search state, is of another format, or breaks a rule of the state</exception>
    public static SearchState Read(string json)
    {
        Document document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(json, _options)
                ?? throw new SearchException("the text is null: expected a search state");
        }
        catch (JsonException e)
        {
            throw new SearchException($"the text is no search state: {e.Message}", e);
        }
        if (document.Format != Format) throw new SearchException($"the search state has format {document.Format}: expected {Format}");

        var saved = document.State;
        var state = SearchState.Create(saved.Config).Issue(saved.Suggestions);
        foreach (var o in saved.Observations)
            state = state.Observe(o.Index, o.Output ?? double.NaN, o.Cost, o.Status);
        return saved.Forgotten.Aggregate(state, (s, index) => s.Forget(index));
    }

    private sealed record Document(int Format, SearchState State);
}
