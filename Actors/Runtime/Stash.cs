namespace Sweeps.Actors.Runtime;

/// <summary>
/// Puts messages aside, in order, up to <see cref="Props.StashCapacity"/>. At a restart they go back to the head of the mailbox,
/// at a stop to the dead letters.
/// </summary>
public interface IStash
{
    /// <summary>The number of messages put aside.</summary>
    int Count { get; }

    /// <summary>Puts the current message aside.</summary>
    /// <exception cref="StashOverflowException">the stash is full; the message stays out of it</exception>
    /// <exception cref="InvalidOperationException">there is no current message, or it was stashed before</exception>
    void Stash();

    /// <summary>Puts the oldest stashed message at the head of the mailbox; does nothing when the stash is empty.</summary>
    void Unstash();

    /// <summary>Puts all stashed messages at the head of the mailbox, oldest first.</summary>
    void UnstashAll();
}

internal sealed class BoundedStash(ActorCell cell, int capacity) : IStash
{
    private readonly Queue<Envelope> _messages = new();

    public int Count => _messages.Count;

    public void Stash()
    {
        cell.CheckTurn();
        var current = cell.CurrentMessage;
        if (current.Message is null) throw new InvalidOperationException("there is no current message to stash");
        if (cell.CurrentIsStashed)
            throw new InvalidOperationException($"{current.Message.GetType().Name} was stashed twice while being handled");
        if (_messages.Count >= capacity) throw new StashOverflowException(cell.Path, capacity);
        _messages.Enqueue(current);
        cell.OnStashed(current.Message);
    }

    public void Unstash()
    {
        if (_messages.TryDequeue(out var oldest)) cell.PutFirst([oldest]);
    }

    public void UnstashAll()
    {
        if (_messages.Count == 0) return;
        cell.PutFirst(_messages);
        _messages.Clear();
    }
}
