using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sweeps.Orchestrator.Web.Events;

/// <summary>Something that has happened to a sweep, for those who look on.</summary>
/// <param name="id">by which a stream that was cut off goes on behind it</param>
/// <param name="type">what it is called, as in the lines of <c>sweeps run --json</c></param>
/// <param name="sweep">whose it is</param>
/// <param name="time">when it was heard</param>
/// <param name="fields">what it says; made when somebody wants to hear it, and once</param>
internal sealed class WebEvent(string id, string type, string sweep, DateTimeOffset time, Func<JsonObject> fields)
{
    private readonly Lazy<string> _text = new(() =>
    {
        var data = fields();
        data.Insert(0, "sweep", sweep);
        data.Insert(1, "time", time.ToString("O", CultureInfo.InvariantCulture));
        // No text of JSON has a line end.
        return $"id: {id}\nevent: {type}\ndata: {JsonSerializer.Serialize(data, JobJson.Options)}\n\n";
    });

    /// <summary>By which a stream that was cut off goes on behind it.</summary>
    public string Id => id;

    /// <summary>Whose it is.</summary>
    public string Sweep => sweep;

    /// <summary>The event as a stream has it, with its end.</summary>
    public string Text => _text.Value;
}
